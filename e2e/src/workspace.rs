//! Makes workspace objects through the API, each in one line of a test.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::api::Api;

/// A collection as a caller and an owner see it.
#[derive(Clone, Debug)]
pub struct Collection {
    /// Its id.
    pub id: u64,
    /// Its path at the gateway, with a leading slash.
    pub path: String,
}

/// An access profile with its auth token.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Its client's id.
    pub client: u64,
    /// Its id.
    pub id: u64,
    /// Its auth token.
    pub key: String,
}

impl Profile {
    /// Its path in the management API.
    pub fn path(&self) -> String {
        format!("/api/v2/api_clients/{}/api_keys/{}", self.client, self.id)
    }
}

impl Api {
    /// Makes a collection in front of `upstream`.
    pub async fn make_collection(&self, name: &str, upstream: &str) -> Result<Collection> {
        let body = json!({"name": name, "version": "1.0", "upstream": {"urls": [upstream]}});
        let made = self.post("/api/api_collections", &body).await?.good()?;
        let path = made.get("path").and_then(Value::as_str).context("path")?;
        Ok(Collection { id: number(&made, "id")?, path: format!("/{path}") })
    }

    /// Makes an endpoint, active.
    pub async fn make_endpoint(&self, collection: &Collection, method: &str, path: &str) -> Result<u64> {
        let body = json!({"name": format!("{method} {path}"), "method": method, "path": path, "active": true});
        let made = self.post(&format!("/api/api_collections/{}/api_endpoints", collection.id), &body).await?;
        number(&made.good()?, "id")
    }

    /// Makes a policy with a rate limit.
    pub async fn make_policy(&self, name: &str, limit: u32, interval: &str) -> Result<u64> {
        let body = json!({"name": name, "rate_limit": {"limit": limit, "interval": interval}});
        data_id(&self.post("/api/api_policies", &body).await?.good()?)
    }

    /// Makes a client without default terms.
    pub async fn make_client(&self, name: &str) -> Result<u64> {
        data_id(&self.post("/api/v2/api_clients", &json!({"name": name})).await?.good()?)
    }

    /// Makes an active profile with its own terms; `more` adds or replaces fields.
    pub async fn make_profile(&self, client: u64, name: &str, collections: &[u64], more: Value) -> Result<Profile> {
        let mut body = json!({
            "name": name, "active": true, "auth_type": "token", "api_collection_ids": collections,
        });
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        let made = self.post(&format!("/api/v2/api_clients/{client}/api_keys"), &body).await?.good()?;
        let key = made.pointer("/data/auth_token").and_then(Value::as_str).context("auth_token")?;
        Ok(Profile { client, id: data_id(&made)?, key: key.to_owned() })
    }

    /// Refreshes a profile's key and gives the new one.
    pub async fn refresh(&self, profile: &Profile) -> Result<Profile> {
        let answer = self.act(&format!("{}/refresh_secret", profile.path())).await?.good()?;
        let key = answer.pointer("/data/auth_token").and_then(Value::as_str).context("auth_token")?;
        Ok(Profile { key: key.to_owned(), ..profile.clone() })
    }

    /// Every row of a list, page by page; a bare array and an envelope alike.
    pub async fn all(&self, path: &str) -> Result<Vec<Value>> {
        let mut rows = Vec::new();
        let mark = if path.contains('?') { '&' } else { '?' };
        for page in 1.. {
            let answer = self.get(&format!("{path}{mark}page={page}&per_page=100")).await?.good()?;
            let found = answer.as_array().or_else(|| answer.get("data")?.as_array()).context("not a list")?;
            let last = found.len() < 100;
            rows.extend(found.iter().cloned());
            if last {
                break;
            }
        }
        Ok(rows)
    }
}

fn number(thing: &Value, field: &str) -> Result<u64> {
    thing.get(field).and_then(Value::as_u64).with_context(|| format!("no {field} in {thing}"))
}

fn data_id(answer: &Value) -> Result<u64> {
    number(answer.get("data").context("no data")?, "id")
}
