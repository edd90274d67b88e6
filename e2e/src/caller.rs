//! Somebody who calls through the gateway, each call on a connection of its own.

use std::net::{IpAddr, SocketAddr};

use anyhow::{Context as _, Result};
use reqwest::{Client, Method, RequestBuilder};

use crate::api::{Answer, client, client_from};

/// A caller of the gateway.
#[derive(Clone)]
pub struct Caller {
    client: Client,
    base: String,
}

impl Caller {
    /// Calls this gateway.
    pub fn new(gateway: SocketAddr) -> Self {
        Self { client: client(), base: format!("http://{gateway}") }
    }

    /// The same caller from another loopback address.
    #[must_use]
    pub fn from_address(&self, source: IpAddr) -> Self {
        Self { client: client_from(Some(source)), base: self.base.clone() }
    }

    /// GET with an auth token, or without any.
    pub async fn get(&self, path: &str, key: Option<&str>) -> Result<Answer> {
        let mut request = self.request(Method::GET, path);
        if let Some(key) = key {
            request = request.header("api-token", key);
        }
        self.send(request).await
    }

    /// Only the status of a GET.
    pub async fn status(&self, path: &str, key: &str) -> Result<u16> {
        Ok(self.get(path, Some(key)).await?.status)
    }

    /// Any request; finish it with `send`.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    /// Sends a request and reads the answer.
    pub async fn send(&self, request: RequestBuilder) -> Result<Answer> {
        Answer::read(request.send().await.context("gateway")?).await
    }
}
