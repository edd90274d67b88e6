//! Explanations for the management side, made by the gateway's own checks.

use domain::decide::Explanation;
use domain::denial::Denial;
use gateway::{DescribeFault as GatewayFault, Described as GatewayDescribed, Explainer, RecentRequests};
use management::Pending;
use management::explain::{DescribeFault, Described, DescribedCredential, ExplanationSource, Recorded};

/// The gateway as the source of explanations.
pub(crate) struct GatewayExplanations {
    /// Runs the checks.
    pub(crate) explainer: Explainer,
    /// Finds recent requests.
    pub(crate) recent: RecentRequests,
}

impl ExplanationSource for GatewayExplanations {
    fn explain(&self, described: Described) -> Pending<'_, Result<Explanation, DescribeFault>> {
        Box::pin(async move {
            let described = for_gateway(described);
            self.explainer.explain(&described).await.map_err(|fault| DescribeFault {
                field: match (fault, &described.credential) {
                    (GatewayFault::Url, _) => "url",
                    (GatewayFault::Credential, gateway::DescribedCredential::Authorization(_)) => "authorization",
                    (GatewayFault::Credential, _) => "api_token",
                },
                message: fault.to_string(),
            })
        })
    }

    fn recorded(&self, request_id: String) -> Pending<'_, Option<(Recorded, Option<Explanation>)>> {
        Box::pin(async move {
            let found = self.recent.find(&request_id).await?;
            let now = match found.described() {
                Some(described) => self.explainer.explain(&described).await.ok(),
                None => None,
            };
            Some((shown(found), now))
        })
    }
}

fn for_gateway(described: Described) -> GatewayDescribed {
    GatewayDescribed {
        method: described.method,
        url: described.url,
        credential: match described.credential {
            DescribedCredential::None => gateway::DescribedCredential::None,
            DescribedCredential::Token(token) => gateway::DescribedCredential::Token(token),
            DescribedCredential::Authorization(value) => gateway::DescribedCredential::Authorization(value),
            DescribedCredential::Profile(id) => gateway::DescribedCredential::Profile(id),
        },
        source: GatewayDescribed::source_of(described.from),
        certificate: described.certificate,
        body_bytes: described.body_bytes,
    }
}

fn shown(found: gateway::Recorded) -> Recorded {
    let denial: Option<Denial> = found.denial;
    Recorded {
        request_id: found.request_id.into(),
        external_request_id: found.external_request_id.map(Into::into),
        received_at: found.received_at,
        latency_micros: found.latency_micros,
        method: found.method.map(|method| method.to_string()),
        path: found.path,
        source: found.source.shown(),
        profile: found.profile,
        client: found.client,
        collection: found.collection,
        endpoint: found.endpoint,
        status: found.status,
        denial,
        revision: found.revision,
        limits: found.limits,
    }
}
