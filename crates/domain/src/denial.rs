//! Why a request was not served: one enum, one table. Codes, statuses, log texts and help come from here.

use serde::Serialize;

/// The check that stopped a request, in the order in which they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// 0: this worker has room, and the directory is not too old.
    Room,
    /// 1: HTTP framing, target, header sizes, method.
    Framing,
    /// 2: a credential is present, exactly one kind.
    CredentialPresent,
    /// 3: it is genuine.
    CredentialGenuine,
    /// 4: mutual TLS, where the profile asks for it.
    MutualTls,
    /// 5: client and profile are enabled.
    Enabled,
    /// 6: source address: deny list, then allow list.
    SourceAddress,
    /// 7: host, prefix, collection.
    Route,
    /// 8: the profile's terms include the collection.
    Granted,
    /// 9: collection enabled; endpoint, method, active; the collection's path and body-length rules.
    Endpoint,
    /// 10: rate limits.
    RateLimit,
    /// 11: usage quotas.
    Quota,
    /// 12: forward.
    Forward,
}

impl Check {
    /// Its number in the documented order.
    pub fn number(self) -> u8 {
        self as u8
    }
}

macro_rules! denials {
    ($($variant:ident $code:literal $check:ident $status:literal $log:literal $help:literal;)+) => {
        /// The true reason of a refusal. Goes to the log and to the owner, never to the caller.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Denial {
            $(#[doc = $log] $variant,)+
        }

        impl Denial {
            /// All denials, in the order of the checks.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Stable code in logs and explanations.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The check that found it.
            pub fn check(self) -> Check {
                match self { $(Self::$variant => Check::$check,)+ }
            }

            /// Status that the caller sees.
            pub fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)+ }
            }

            /// What happened, for the log.
            pub fn log_text(self) -> &'static str {
                match self { $(Self::$variant => $log,)+ }
            }

            /// What to change, for the owner.
            pub fn help(self) -> &'static str {
                match self { $(Self::$variant => $help,)+ }
            }
        }
    };
}

denials! {
    Overloaded "overloaded" Room 503 "this worker has as many requests in flight as it may have"
        "Raise the number of workers or reduce the load.";
    ConfigurationStale "configuration_stale" Room 503
        "the configuration could not be brought up to date for longer than the setting `max_staleness_seconds` allows"
        "Look at `/readyz` and at the log for what ails the control database; or raise or clear `max_staleness_seconds`.";
    BadFraming "bad_framing" Framing 400 "the request's HTTP framing is ambiguous or malformed"
        "The caller's HTTP library or a proxy before the gateway sends a malformed request.";
    PathAmbiguous "path_ambiguous" Framing 400 "two servers could read this path differently"
        "Call the path without encoded slashes, dot segments, empty segments or control characters.";
    HeaderTooLarge "header_too_large" Framing 431 "one header is over 16 KiB, all are over 64 KiB, or there are more than 100"
        "Send fewer or smaller headers.";
    UriTooLong "uri_too_long" Framing 414 "the request target is over 64 KiB"
        "Move long values from the query to the body.";
    MethodRefused "method_refused" Framing 501 "the method is TRACE, CONNECT or unknown"
        "Use GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS.";
    VersionRefused "version_refused" Framing 505 "the HTTP version is not 1.0 or 1.1"
        "Speak HTTP/1.1.";
    RequestTimeout "request_timeout" Framing 408 "the request's head or body did not arrive in time"
        "The caller or its network is too slow.";
    CredentialMissing "credential_missing" CredentialPresent 401 "no credential in the request"
        "Send the auth token in the header api-token, or a JSON Web Token or access token as Authorization: Bearer.";
    CredentialAmbiguous "credential_ambiguous" CredentialPresent 401 "more than one credential in the request"
        "Send exactly one credential, once.";
    CredentialMalformed "credential_malformed" CredentialGenuine 401 "the credential does not have the form of one"
        "Compare with the credential that was shown when it was issued: it was cut or changed.";
    CredentialUnknown "credential_unknown" CredentialGenuine 401 "the credential belongs to no profile"
        "Refresh the profile's key and give the new one to the caller.";
    CredentialWrongMethod "credential_wrong_method" CredentialGenuine 401
        "the credential is not of the profile's authentication method"
        "Send it in the form of the profile's method.";
    CredentialRevoked "credential_revoked" CredentialGenuine 401 "the credential was revoked or replaced"
        "Give the caller the profile's present credential; it still uses an old one.";
    ProfileExpired "profile_expired" CredentialGenuine 401 "the access profile has expired"
        "Set a later expiry, or none, if the caller may go on.";
    JwtTooLarge "jwt_too_large" CredentialGenuine 401 "the token is over 8 KiB"
        "Have the issuer put fewer claims into the token.";
    JwtMalformed "jwt_malformed" CredentialGenuine 401 "the bearer token is no well-formed JSON Web Token"
        "Send a compact JWS with canonical base64url, no `crit`, and no name twice in its header or claims.";
    JwtAlgorithmRefused "jwt_algorithm_refused" CredentialGenuine 401
        "the token's algorithm is not one that the profile's key permits"
        "Sign with an algorithm of the key's type and length, or add it to the profile's allowed algorithms.";
    JwtProfileUnnamed "jwt_profile_unnamed" CredentialGenuine 401 "the token names no profile, or not by a text"
        "Put the profile's API key into the claim `sub`, or into the claim that is configured for the issuer.";
    JwtKeyUnknown "jwt_key_unknown" CredentialGenuine 401 "the issuer's key set has no such key"
        "Look at the token's `kid`: the issuer's key set must hold exactly one usable key for it.";
    JwtKeysUnavailable "jwt_keys_unavailable" CredentialGenuine 401 "the issuer's key set could not be fetched"
        "Look at the key set's URL and at whether the gateway may reach it (settings, outbound_allowed).";
    JwtSignatureInvalid "jwt_signature_invalid" CredentialGenuine 401 "the token's signature is wrong"
        "Sign with the key that belongs to the profile's configured one.";
    JwtExpired "jwt_expired" CredentialGenuine 401 "the token has expired" "The caller must get a new token.";
    JwtNotYetValid "jwt_not_yet_valid" CredentialGenuine 401 "the token is not valid yet"
        "Compare the clocks of issuer and gateway, or raise the profile's clock leeway.";
    JwtClaimMissing "jwt_claim_missing" CredentialGenuine 401 "the token lacks a required claim"
        "Have the issuer add the claims that the profile requires.";
    JwtClaimMistyped "jwt_claim_mistyped" CredentialGenuine 401 "a claim of the token has the wrong JSON type"
        "`exp`, `nbf` and `iat` are numbers, `iss` is a text, `aud` a text or a list of texts.";
    JwtIssuerRefused "jwt_issuer_refused" CredentialGenuine 401 "the token's issuer is not an allowed one"
        "Compare `iss` with the profile's allowed issuers, to the letter.";
    JwtAudienceRefused "jwt_audience_refused" CredentialGenuine 401 "the token is not meant for an allowed audience"
        "Compare `aud` with the profile's allowed audiences, to the letter.";
    JwtTooManyFailures "jwt_too_many_failures" CredentialGenuine 401
        "more than 20 tokens with a wrong signature came from this address within 10 seconds"
        "Find out who sends tokens with wrong signatures from this address; it is heard again after 10 seconds.";
    Oauth2Malformed "oauth2_malformed" CredentialGenuine 401 "the access token has not the form of one"
        "Send the access token as the token endpoint gave it.";
    Oauth2Forged "oauth2_forged" CredentialGenuine 401 "the access token is not one of ours, or of a key no longer used"
        "The caller must get a new access token.";
    Oauth2Expired "oauth2_expired" CredentialGenuine 401 "the access token has expired"
        "The caller must get a new access token.";
    MtlsMissing "mtls_missing" MutualTls 401 "the profile asks for a client certificate and none was given"
        "Connect to a TLS listener with a client certificate, or switch mutual TLS off in the profile's terms.";
    MtlsUntrusted "mtls_untrusted" MutualTls 401
        "no certificate bundle of the profile trusts the client certificate: unknown authority, expired, or not for clients"
        "Add the authority that issued it to one of the profile's certificate bundles, or give the caller a new certificate.";
    MtlsRule "mtls_rule" MutualTls 401 "the client certificate does not fulfil the profile's rule"
        "Compare the certificate's subject and alternative names with the rule in the profile's terms, to the letter.";
    ClientDisabled "client_disabled" Enabled 403 "the client is disabled" "Enable the client.";
    ProfileDisabled "profile_disabled" Enabled 403 "the access profile is disabled" "Enable the access profile.";
    IpDenied "ip_denied" SourceAddress 403 "the source address is on the deny list"
        "Take the address off the profile's IP deny list.";
    IpNotAllowed "ip_not_allowed" SourceAddress 403 "the source address is not on the allow list"
        "Add the address to the profile's IP allow list.";
    IpUnknown "ip_unknown" SourceAddress 403 "the source address is unknown and the profile has an address list"
        "Mend the proxy before the gateway that sends a malformed X-Forwarded-For.";
    RouteUnknown "route_unknown" Route 404 "no collection has this path" "Compare the URL with the collection's.";
    CollectionNotGranted "collection_not_granted" Granted 403 "the profile's terms do not include the collection"
        "Add the collection to the profile's terms.";
    CollectionDisabled "collection_disabled" Endpoint 404 "the collection is disabled" "Enable the collection.";
    EncodedSlash "path_ambiguous" Endpoint 400 "the path holds %2F, which the collection does not allow"
        "Switch allow_encoded_slash on in the collection if its upstream tells %2F from a slash.";
    EndpointUnknown "endpoint_unknown" Endpoint 404 "the collection has no such endpoint"
        "Compare method and path with the collection's endpoints.";
    EndpointInactive "endpoint_inactive" Endpoint 404 "the endpoint is inactive" "Enable the endpoint.";
    MethodNotAllowed "method_not_allowed" Endpoint 405 "the path exists with other methods only"
        "Use one of the methods named in Allow.";
    BodyTooLarge "body_too_large" Endpoint 413 "the body is over the collection's limit"
        "Raise the collection's body limit or send less.";
    RateLimited "rate_limited" RateLimit 429 "the rate limit of the profile is used up"
        "Wait for the time in Retry-After, or raise the policy's rate limit.";
    ClientRateLimited "client_rate_limited" RateLimit 429 "the rate limit that all profiles of the client share is used up"
        "Wait for the time in Retry-After, or raise the rate limit of the client's shared policy.";
    QuotaExhausted "quota_exhausted" Quota 429 "the usage quota of the profile is used up"
        "Wait for the next period, grant the profile extra calls, or raise the policy's quota.";
    ClientQuotaExhausted "client_quota_exhausted" Quota 429 "the usage quota that all profiles of the client share is used up"
        "Wait for the next period, or raise the quota of the client's shared policy.";
    LimitStoreUnavailable "limit_store_unavailable" Quota 503 "a limit could not be counted"
        "Look at the store's health.";
    UpstreamRefused "upstream_refused" Forward 502 "no connection to the upstream"
        "Start the upstream, or mend the collection's upstream URL.";
    UpstreamTimeout "upstream_timeout" Forward 504 "the upstream did not answer in time"
        "Look at the upstream, or raise the collection's timeouts.";
    UpstreamReset "upstream_reset" Forward 502 "the upstream broke off or answered malformed"
        "Look at the upstream's log.";
    UpstreamTokenUnavailable "upstream_token_unavailable" Forward 503
        "no access token could be had for the upstream"
        "Look at the gateway's log for the answer of the token endpoint; check the upstream's auth settings.";
    UpstreamUnhealthy "upstream_unhealthy" Forward 503
        "no address of the upstream is fit to be called, or it has as many requests in flight as it may have"
        "Look at the upstream; raise the collection's max_in_flight if it can bear more requests at once.";
    LoopDetected "loop_detected" Forward 508 "the request passed this gateway five times"
        "An upstream leads back to this gateway: mend its URL.";
    InternalError "internal_error" Forward 500 "a fault of the gateway itself"
        "Look at the gateway's log for this request id and report it.";
}

impl Denial {
    /// The generic sentence that the caller sees: one per status, never per reason.
    pub fn caller_text(self) -> &'static str {
        match self.status() {
            400 => "the request is malformed",
            401 | 403 => "access to this API has been disallowed",
            404 => "there is nothing at this address",
            405 => "this method is not allowed here",
            408 => "the request did not arrive in time",
            413 => "the request body is too large",
            414 => "the request target is too long",
            429 if self.check() == Check::Quota => "too many requests: the usage quota is used up",
            429 => "too many requests: the rate limit is used up",
            431 => "the request headers are too large",
            501 => "this method is not supported",
            502 => "the service behind this API could not be reached",
            503 => "the service is temporarily unavailable",
            504 => "the service behind this API did not answer in time",
            505 => "this HTTP version is not supported",
            508 => "a loop was detected",
            _ => "something went wrong",
        }
    }

    /// The class of refusal in `type`: one per status.
    pub fn title(self) -> &'static str {
        match self.status() {
            400 => "Bad request",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "Not found",
            405 => "Method not allowed",
            408 => "Request timeout",
            413 => "Content too large",
            414 => "URI too long",
            429 if self.check() == Check::Quota => "Usage quota exceeded",
            429 => "Too many requests",
            431 => "Request header fields too large",
            501 => "Not implemented",
            502 => "Bad gateway",
            503 => "Service unavailable",
            504 => "Gateway timeout",
            505 => "HTTP version not supported",
            508 => "Loop detected",
            _ => "Internal server error",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_follows_the_order_of_the_checks() {
        let checks: Vec<_> = Denial::ALL.iter().map(|denial| denial.check()).collect();
        assert!(checks.is_sorted());
        // `path_ambiguous` is found by two checks.
        let mut codes: Vec<_> = Denial::ALL.iter().map(|denial| (denial.code(), denial.check())).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Denial::ALL.len());
    }

    #[test]
    fn callers_cannot_tell_reasons_of_one_status_apart() {
        for denial in Denial::ALL {
            assert!(!denial.caller_text().contains(denial.code()));
        }
        assert_eq!(Denial::CredentialUnknown.caller_text(), Denial::ClientDisabled.caller_text());
    }
}
