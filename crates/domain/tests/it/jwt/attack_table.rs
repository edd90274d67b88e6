//! Attacks on a JWT verifier, as tokens with what must come of them.
//!
//! Each entry is aimed at a profile whose key is the fixed test key of one algorithm, whose API key is
//! [`World::profile`], and whose rules are [`rules`]. The table needs nothing but `signers.rs` beside it, so that the
//! same tokens can also be sent through a whole gateway.

use super::signers::{PublicTexts, SECRET, Signer, base64url, compact, mac, pem_bytes, texts_for};
use aws_lc_rs::hmac::{HMAC_SHA256, HMAC_SHA384, HMAC_SHA512};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::jwt::{Algorithm, ClaimRules, MAX_TOKEN_BYTES, TokenFault};

/// The issuer that the rules allow.
pub(super) const ISSUER: &str = "https://issuer.example/";
/// The audience that the rules allow.
pub(super) const AUDIENCE: &str = "portcullis";
/// The claim that the rules require.
pub(super) const REQUIRED: &str = "tenant";

/// What must come of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Must {
    /// It is refused for this.
    Refuse(TokenFault),
    /// It is well-formed but names another profile than the one aimed at (or none that exists).
    NameAnother,
    /// It is good: strictness must not go further than the RFCs.
    Accept,
}

/// One token of the table.
pub(super) struct Attack {
    pub(super) name: String,
    /// Whose fixed test key the profile has.
    pub(super) algorithm: Algorithm,
    pub(super) token: Vec<u8>,
    pub(super) must: Must,
}

/// What the tokens are made for.
pub(super) struct World {
    /// The API key of the profile.
    pub(super) profile: String,
    /// Seconds since 1970.
    pub(super) now: i64,
    /// The fixed test keys.
    pub(super) signer: Signer,
    /// Keys of somebody else.
    pub(super) stranger: Signer,
}

/// The rules of the profile.
pub(super) fn rules() -> ClaimRules {
    ClaimRules {
        required_claims: vec![REQUIRED.into()],
        allowed_issuers: vec![ISSUER.into()],
        allowed_audiences: vec![AUDIENCE.into()],
        ..ClaimRules::default()
    }
}

/// The whole table.
pub(super) fn attacks(world: &World) -> Vec<Attack> {
    let mut table = Table { world, attacks: Vec::new() };
    table.good_tokens();
    table.algorithm_confusion();
    table.crossed_algorithms();
    table.names_of_no_algorithm();
    table.header_parameters();
    table.embedded_keys();
    table.key_ids();
    table.repeated_names();
    table.wrong_types();
    table.numbers();
    table.rules();
    table.base64();
    table.mac_and_rsa_signatures();
    table.elliptic_signatures();
    table.structure();
    table.text();
    table.size_and_depth();
    table.swapped_parts();
    table.attacks
}

use Algorithm::{EdDsa, Es256, Es384, Es512, Hs256, Hs384, Hs512, Ps256, Rs256, Rs512};
use Must::{Accept, NameAnother, Refuse};
use TokenFault as Fault;

struct Table<'w> {
    world: &'w World,
    attacks: Vec<Attack>,
}

impl Table<'_> {
    fn add(&mut self, name: impl Into<String>, algorithm: Algorithm, token: impl Into<Vec<u8>>, must: Must) {
        self.attacks.push(Attack { name: name.into(), algorithm, token: token.into(), must });
    }

    /// A token signed with the profile's key.
    fn signed(&self, algorithm: Algorithm, header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
        compact(header, payload, |input| self.world.signer.sign(algorithm, input))
    }

    /// Adds a token that is signed rightly (HS256) and odd in its header.
    fn header(&mut self, name: &str, header: impl AsRef<[u8]>, must: Must) {
        let token = self.signed(Hs256, header, self.claims(&[]));
        self.add(name, Hs256, token, must);
    }

    /// Adds a token that is signed rightly (HS256) and odd in its payload.
    fn payload(&mut self, name: impl Into<String>, payload: impl AsRef<[u8]>, must: Must) {
        let token = self.signed(Hs256, HS256, payload);
        self.add(name, Hs256, token, must);
    }

    /// Good claims, some of them replaced, added or (with an empty text) left out.
    fn claims(&self, changes: &[(&str, &str)]) -> String {
        let now = self.world.now;
        let mut members = vec![
            ("iss", format!("\"{ISSUER}\"")),
            ("sub", format!("\"{}\"", self.world.profile)),
            ("aud", format!("\"{AUDIENCE}\"")),
            (REQUIRED, "\"t1\"".into()),
            ("iat", (now - 10).to_string()),
            ("nbf", (now - 10).to_string()),
            ("exp", (now + 300).to_string()),
        ];
        for (name, value) in changes {
            members.retain(|(known, _)| known != name);
            if !value.is_empty() {
                members.push((name, (*value).to_string()));
            }
        }
        let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    }

    fn good_tokens(&mut self) {
        for algorithm in Algorithm::ALL {
            let token = self.signed(algorithm, header_of(algorithm.as_str()), self.claims(&[]));
            self.add(format!("a good {algorithm} token"), algorithm, token, Accept);
            let token = compact(header_of(algorithm.as_str()), self.claims(&[]), |input| {
                self.world.stranger.sign(algorithm, input)
            });
            self.add(format!("{algorithm} by a stranger"), algorithm, token, Refuse(Fault::SignatureInvalid));
        }
    }

    /// A public key is public: whoever can make the verifier use it as an HMAC secret can sign.
    fn algorithm_confusion(&mut self) {
        for algorithm in [Rs256, Es256, Es384, Es512, EdDsa] {
            let texts = texts_for(algorithm).unwrap();
            for (form, secret) in public_key_as_secret(texts) {
                let token = compact(header_of("HS256"), self.claims(&[]), |input| mac(HMAC_SHA256, &secret, input));
                let name = format!("HS256 with the public {} key as secret: {form}", texts.name);
                self.add(name, algorithm, token, Refuse(Fault::AlgorithmRefused));
            }
            for (name, hash) in [("HS384", HMAC_SHA384), ("HS512", HMAC_SHA512)] {
                let token = compact(header_of(name), self.claims(&[]), |input| mac(hash, texts.pem.as_bytes(), input));
                let name = format!("{name} with the public {} key as secret", texts.name);
                self.add(name, algorithm, token, Refuse(Fault::AlgorithmRefused));
            }
            // The other way round: the header keeps the right algorithm, the signature is a MAC.
            let token = compact(header_of(algorithm.as_str()), self.claims(&[]), |input| {
                mac(HMAC_SHA256, texts.pem.as_bytes(), input)
            });
            self.add(format!("a MAC called {algorithm}"), algorithm, token, Refuse(Fault::SignatureInvalid));
        }
    }

    fn crossed_algorithms(&mut self) {
        let cross = [
            (Rs256, "RS256", Ps256, Fault::SignatureInvalid),
            (Rs256, "PS256", Rs256, Fault::SignatureInvalid),
            (Rs256, "RS512", Rs256, Fault::SignatureInvalid),
            (Rs256, "RS256", Rs512, Fault::SignatureInvalid),
            (Rs256, "PS512", Ps256, Fault::SignatureInvalid),
            (Rs256, "ES256", Es256, Fault::AlgorithmRefused),
            (Rs256, "EdDSA", EdDsa, Fault::AlgorithmRefused),
            (Es256, "ES384", Es384, Fault::AlgorithmRefused),
            (Es256, "ES512", Es512, Fault::AlgorithmRefused),
            (Es384, "ES256", Es256, Fault::AlgorithmRefused),
            (Es384, "ES384", Es256, Fault::SignatureInvalid),
            (Es512, "ES256", Es512, Fault::AlgorithmRefused),
            (Es256, "RS256", Rs256, Fault::AlgorithmRefused),
            (EdDsa, "ES256", Es256, Fault::AlgorithmRefused),
            (EdDsa, "RS256", Rs256, Fault::AlgorithmRefused),
            (Hs256, "RS256", Rs256, Fault::AlgorithmRefused),
            (Hs256, "ES256", Es256, Fault::AlgorithmRefused),
            (Hs256, "EdDSA", EdDsa, Fault::AlgorithmRefused),
            (Hs256, "HS384", Hs256, Fault::SignatureInvalid),
            (Hs384, "HS384", Hs512, Fault::SignatureInvalid),
            (Hs512, "HS256", Hs512, Fault::SignatureInvalid),
        ];
        for (profile, header, signed, fault) in cross {
            let token = self.signed(signed, header_of(header), self.claims(&[]));
            let name = format!("{header} in the header, signed {signed}, for an {profile} profile");
            self.add(name, profile, token, Refuse(fault));
        }
    }

    fn names_of_no_algorithm(&mut self) {
        let nones =
            ["none", "None", "NONE", "nOnE", "none ", " none", "none\\u0000", "n\\u006fne", "\\u006eone", "nοne", ""];
        for name in nones {
            let unsigned = compact(header_of(name), self.claims(&[]), |_| Vec::new());
            for algorithm in [Hs256, Rs256] {
                let title = format!("alg {name:?} without a signature, {algorithm} profile");
                self.add(title, algorithm, unsigned.clone(), Refuse(Fault::AlgorithmRefused));
            }
            self.header(&format!("alg {name:?} with a good MAC"), header_of(name), Refuse(Fault::AlgorithmRefused));
        }
        let others = [
            "hs256",
            "Hs256",
            "HS256 ",
            "HS-256",
            "HS1",
            "HS128",
            "SHA256",
            "RS1",
            "RSA1_5",
            "dir",
            "A128GCM",
            "A128KW",
            "ES256K",
            "Ed25519",
            "Ed448",
            "EDDSA",
            "eddsa",
            "HMAC",
            "RS256,HS256",
            "*",
            "null",
        ];
        for name in others {
            self.header(&format!("alg {name:?}"), header_of(name), Refuse(Fault::AlgorithmRefused));
        }
        for value in ["null", "true", "256", "[]", "{}", "[\"HS256\"]", "{\"name\":\"HS256\"}"] {
            self.header(&format!("alg is {value}"), format!("{{\"alg\":{value}}}"), Refuse(Fault::Malformed));
        }
        self.header("no alg", "{}", Refuse(Fault::Malformed));
        self.header("Alg instead of alg", r#"{"Alg":"HS256"}"#, Refuse(Fault::Malformed));
        self.header("alg within an object", r#"{"header":{"alg":"HS256"}}"#, Refuse(Fault::Malformed));
        self.header("alg written with escapes", r#"{"\u0061lg":"\u0048S256"}"#, Accept);
    }

    fn header_parameters(&mut self) {
        let refused = [
            r#""crit":["exp"]"#,
            r#""crit":["b64"],"b64":true"#,
            r#""crit":["b64"],"b64":false"#,
            r#""crit":["urn:example:unknown"],"urn:example:unknown":1"#,
            r#""crit":[]"#,
            r#""crit":null"#,
            r#""crit":"exp""#,
            r#""crit":{}"#,
            r#""\u0063rit":["exp"]"#,
            r#""b64":false"#,
            r#""b64":true"#,
            r#""b64":null"#,
            r#""zip":"DEF""#,
            r#""zip":null"#,
            r#""enc":"A128GCM""#,
            r#""typ":1"#,
            r#""typ":null"#,
            r#""typ":["JWT"]"#,
            r#""cty":{}"#,
            r#""cty":7"#,
            r#""jku":["https://attacker.example/jwks.json"]"#,
            r#""x5u":1"#,
            r#""x5t":null"#,
            r#""x5t#S256":{}"#,
        ];
        for member in refused {
            self.header(member, header_and(member), Refuse(Fault::Malformed));
        }
        for member in [r#""typ":"JWT""#, r#""typ":"at+jwt""#, r#""typ":"""#, r#""cty":"JWT""#, r#""Crit":["exp"]"#] {
            self.header(member, header_and(member), Accept);
        }
        let detached = format!("{}..", base64url(HS256));
        self.add("a detached payload", Hs256, detached, Refuse(Fault::Malformed));
    }

    /// A key in the header is the sender's claim about itself.
    fn embedded_keys(&mut self) {
        let embedded = [
            r#""jwk":{"kty":"oct","k":"c3RyYW5nZXI"}"#,
            r#""jwk":null"#,
            r#""jku":"https://attacker.example/jwks.json""#,
            r#""jku":"http://169.254.169.254/latest/meta-data""#,
            r#""jku":"file:///etc/passwd""#,
            r#""x5u":"https://attacker.example/cert.pem""#,
            r#""x5c":["MIIB"]"#,
            r#""x5c":"MIIB""#,
            r#""x5t":"AAAA""#,
            r#""x5t#S256":"AAAA""#,
        ];
        for member in embedded {
            let header = header_and(member);
            let forged = compact(&header, self.claims(&[]), |input| self.world.stranger.sign(Hs256, input));
            self.add(format!("a stranger's key by {member}"), Hs256, forged, Refuse(Fault::SignatureInvalid));
            self.header(&format!("{member}, signed by the right key"), header, Accept);
        }
        for algorithm in [Rs256, Es256, EdDsa] {
            let jwk = texts_for(algorithm).unwrap().jwk.trim();
            let header = format!(r#"{{"alg":"{algorithm}","jwk":{jwk},"kid":"own"}}"#);
            let forged = compact(header, self.claims(&[]), |input| self.world.stranger.sign(algorithm, input));
            let name = format!("{algorithm} by a stranger, with the right key as jwk");
            self.add(name, algorithm, forged, Refuse(Fault::SignatureInvalid));
        }
    }

    /// Without a subject, `kid` names the profile; it names nothing else and opens nothing.
    fn key_ids(&mut self) {
        let profile = self.world.profile.clone();
        let nameless = self.claims(&[("sub", "")]);
        let long = "k".repeat(4000);
        let kids = [
            "../../../../dev/null",
            "/dev/null",
            "file:///etc/passwd",
            "C:\\\\Windows\\\\win.ini",
            "' OR '1'='1",
            "x' UNION SELECT 'secret'--",
            "; cat /etc/passwd",
            "$(id)",
            "%00",
            "\\u0000",
            "\\n",
            "http://attacker.example/key",
            "*",
            "кey",
            long.as_str(),
        ];
        for kid in kids {
            let header = format!(r#"{{"alg":"HS256","kid":"{kid}"}}"#);
            let token = compact(&header, &nameless, |input| mac(HMAC_SHA256, b"", input));
            let name = format!("kid {kid:.40} with an empty secret");
            self.add(name, Hs256, token, NameAnother);
            let token = compact(&header, self.claims(&[]), |input| mac(HMAC_SHA256, b"", input));
            let name = format!("kid {kid:.40} with an empty secret and a subject");
            self.add(name, Hs256, token, Refuse(Fault::SignatureInvalid));
        }
        for value in ["null", "true", "1", "[]", "{}", "[\"a\"]", "{\"a\":\"b\"}"] {
            self.header(&format!("kid is {value}"), header_and(&format!("\"kid\":{value}")), Refuse(Fault::Malformed));
        }
        let by_kid = header_and(&format!("\"kid\":\"{profile}\""));
        let token = self.signed(Hs256, &by_kid, &nameless);
        self.add("kid names the profile where no claim does", Hs256, token, Accept);
        let token = self.signed(Hs256, &by_kid, self.claims(&[("sub", "\"\"")]));
        self.add("kid names the profile where the subject is empty", Hs256, token, Accept);
        let token = self.signed(Hs256, &by_kid, self.claims(&[("sub", "\"somebody\"")]));
        self.add("kid cannot mend an unknown subject", Hs256, token, NameAnother);
        let token = self.signed(Hs256, &by_kid, self.claims(&[("workato_sub", "\"somebody\"")]));
        self.add("the subject cannot mend an unknown workato_sub", Hs256, token, NameAnother);
        for changed in
            [profile.to_ascii_uppercase(), format!("{profile} "), format!(" {profile}"), format!("{profile}\\u0000")]
        {
            let token = self.signed(Hs256, HS256, self.claims(&[("sub", &format!("\"{changed}\""))]));
            self.add(format!("subject {changed:?}"), Hs256, token, NameAnother);
        }
        let token = self.signed(Hs256, header_and("\"kid\":\"\""), &nameless);
        self.add("an empty kid and no subject", Hs256, token, Refuse(Fault::ProfileUnnamed));
        let token = self.signed(Hs256, HS256, &nameless);
        self.add("nothing names a profile", Hs256, token, Refuse(Fault::ProfileUnnamed));
    }

    /// Two parsers that take different ones of two equal names read two different tokens.
    fn repeated_names(&mut self) {
        let headers = [
            r#"{"alg":"HS256","alg":"HS256"}"#,
            r#"{"alg":"none","alg":"HS256"}"#,
            r#"{"alg":"HS256","alg":"none"}"#,
            r#"{"alg":"HS256","\u0061lg":"none"}"#,
            r#"{"alg":"HS256","\u0061\u006c\u0067":"HS256"}"#,
            r#"{"alg":"HS256","kid":"a","kid":"b"}"#,
            r#"{"alg":"HS256","x":{"y":1,"y":2}}"#,
            r#"{"alg":"HS256","x":[{"y":1,"\u0079":2}]}"#,
            r#"{"alg":"HS256","":1,"":2}"#,
        ];
        for header in headers {
            self.header(&format!("header {header}"), header, Refuse(Fault::Malformed));
        }
        let good = self.claims(&[]);
        let good = good.trim_end_matches('}');
        let repeated = [
            r#""sub":"admin""#,
            r#""\u0073ub":"admin""#,
            r#""s\u0075b":"admin""#,
            r#""exp":99999999999"#,
            r#""\u0065xp":99999999999"#,
            r#""iss":"https://issuer.example/""#,
            r#""aud":"portcullis""#,
            r#""tenant":"t2""#,
            r#""a":{"b":1,"b":1}"#,
            r#""a":[[{"b":1,"\u0062":1}]]"#,
            r#""a":1,"a":2"#,
            r#""":1,"":2"#,
        ];
        for member in repeated {
            self.payload(format!("claims with {member} again"), format!("{good},{member}}}"), Refuse(Fault::Malformed));
        }
        let many: Vec<String> = (0..200).map(|number| format!("\"c{number}\":0")).collect();
        let many = many.join(",");
        self.payload("200 claims more", format!("{good},{many}}}"), Accept);
        self.payload("200 claims more, one twice", format!("{good},{many},\"c77\":1}}"), Refuse(Fault::Malformed));
        self.payload("200 claims more, then sub again", format!("{good},{many},\"sub\":1}}"), Refuse(Fault::Malformed));
        self.payload("names that differ in case", format!("{good},\"SUB\":\"admin\",\"Exp\":0}}"), Accept);
        self.payload("one name in two objects", format!("{good},\"a\":{{\"sub\":1}},\"b\":{{\"sub\":2}}}}"), Accept);
    }

    /// A claim of a wrong type is refused, never taken for absent.
    fn wrong_types(&mut self) {
        for claim in ["iss", "sub", "jti", "workato_sub", "https://www.workato.com/sub"] {
            for value in ["null", "true", "0", "1.5", "[]", "{}", "[\"a\"]", "{\"a\":\"b\"}"] {
                let claims = self.claims(&[(claim, value)]);
                self.payload(format!("{claim} is {value}"), claims, Refuse(Fault::ClaimMistyped));
            }
        }
        for value in ["null", "true", "7", "{}", "[1]", "[null]", "[\"portcullis\",1]", "[[\"portcullis\"]]", "[{}]"] {
            let claims = self.claims(&[("aud", value)]);
            self.payload(format!("aud is {value}"), claims, Refuse(Fault::ClaimMistyped));
        }
        for claim in ["exp", "nbf", "iat"] {
            for value in ["null", "true", "\"\"", "\"99999999999\"", "\"0\"", "[]", "[1]", "{}", "\"1e3\""] {
                let claims = self.claims(&[(claim, value)]);
                self.payload(format!("{claim} is {value}"), claims, Refuse(Fault::ClaimMistyped));
            }
        }
    }

    fn numbers(&mut self) {
        let not_json = [
            "NaN",
            "Infinity",
            "-Infinity",
            "1e400",
            "-1e400",
            "+1",
            "01",
            "1.",
            ".5",
            "0x7fffffff",
            "1e",
            "1e+",
            "-",
            "1_000",
            "１２",
            "9e999999999999999999",
        ];
        for value in not_json {
            let claims = self.claims(&[("exp", value)]);
            self.payload(format!("exp is {value}"), claims, Refuse(Fault::Malformed));
        }
        let now = self.world.now;
        let times = [
            ("exp", "0".to_string(), Refuse(Fault::Expired)),
            ("exp", "-0.0".to_string(), Refuse(Fault::Expired)),
            ("exp", "-1".to_string(), Refuse(Fault::Expired)),
            ("exp", "-1e300".to_string(), Refuse(Fault::Expired)),
            ("exp", "1e-300".to_string(), Refuse(Fault::Expired)),
            ("exp", "-9223372036854775808".to_string(), Refuse(Fault::Expired)),
            ("exp", format!("{}", now - 60), Refuse(Fault::Expired)),
            ("exp", format!("{}.5", now - 60), Refuse(Fault::Expired)),
            ("exp", format!("{}.5", now + 60), Accept),
            ("exp", format!("{}e0", now + 60), Accept),
            ("exp", "18446744073709551615".to_string(), Accept),
            ("exp", "18446744073709551616".to_string(), Accept),
            ("exp", "9223372036854775807".to_string(), Accept),
            ("exp", "9223372036854.775807".to_string(), Accept),
            ("exp", "1e308".to_string(), Accept),
            ("nbf", format!("{}", now + 600), Refuse(Fault::NotYetValid)),
            ("nbf", format!("{}.25", now + 600), Refuse(Fault::NotYetValid)),
            ("nbf", "1e308".to_string(), Refuse(Fault::NotYetValid)),
            ("nbf", "18446744073709551615".to_string(), Refuse(Fault::NotYetValid)),
            ("nbf", "9223372036854775807".to_string(), Refuse(Fault::NotYetValid)),
            ("nbf", "-1e308".to_string(), Accept),
            ("nbf", "-1".to_string(), Accept),
            ("iat", format!("{}", now + 600), Refuse(Fault::IssuedInFuture)),
            ("iat", "1e308".to_string(), Refuse(Fault::IssuedInFuture)),
            ("iat", format!("{now}000"), Refuse(Fault::IssuedInFuture)),
            ("iat", "0".to_string(), Accept),
            ("iat", "-5.5".to_string(), Accept),
        ];
        for (claim, value, must) in times {
            let claims = self.claims(&[(claim, &value)]);
            self.payload(format!("{claim} is {value}"), claims, must);
        }
        let claims = self.claims(&[("exp", ""), ("nbf", ""), ("iat", "")]);
        self.payload("no times", claims, Accept);
    }

    fn rules(&mut self) {
        let cases = [
            ("tenant", "", Refuse(Fault::ClaimMissing)),
            ("tenant", "null", Refuse(Fault::ClaimMissing)),
            ("tenant", "false", Accept),
            ("iss", "", Refuse(Fault::ClaimMissing)),
            ("iss", "\"\"", Refuse(Fault::IssuerRefused)),
            ("iss", "\"https://issuer.example\"", Refuse(Fault::IssuerRefused)),
            ("iss", "\"https://issuer.example/ \"", Refuse(Fault::IssuerRefused)),
            ("iss", "\"HTTPS://issuer.example/\"", Refuse(Fault::IssuerRefused)),
            ("iss", "\"https://Issuer.example/\"", Refuse(Fault::IssuerRefused)),
            ("iss", "\"https://issuer.example/.attacker.example\"", Refuse(Fault::IssuerRefused)),
            ("iss", "\"https://issuer.example/\\u0000\"", Refuse(Fault::IssuerRefused)),
            ("iss", "\"https:\\/\\/issuer.example\\/\"", Accept),
            ("aud", "", Refuse(Fault::ClaimMissing)),
            ("aud", "\"\"", Refuse(Fault::AudienceRefused)),
            ("aud", "[]", Refuse(Fault::AudienceRefused)),
            ("aud", "\"portcullis2\"", Refuse(Fault::AudienceRefused)),
            ("aud", "\"port\"", Refuse(Fault::AudienceRefused)),
            ("aud", "\"Portcullis\"", Refuse(Fault::AudienceRefused)),
            ("aud", "\"other portcullis\"", Refuse(Fault::AudienceRefused)),
            ("aud", "[\"other\",\"another\"]", Refuse(Fault::AudienceRefused)),
            ("aud", "\"pоrtcullis\"", Refuse(Fault::AudienceRefused)),
            ("aud", "[\"other\",\"portcullis\"]", Accept),
            ("aud", "\"\\u0070ortcullis\"", Accept),
        ];
        for (claim, value, must) in cases {
            let claims = self.claims(&[(claim, value)]);
            self.payload(format!("{claim} is {value}"), claims, must);
        }
        let claims = self.claims(&[(REQUIRED, ""), ("a", "{\"tenant\":1}")]);
        self.payload("a required claim only within another", claims, Refuse(Fault::ClaimMissing));
    }

    fn base64(&mut self) {
        // Bytes whose encoding has `-` and `_`.
        let good = self.signed(Hs256, header_and("\"x\":\"~~~???\""), self.claims(&[("x", "\"~~~???>>>\"")]));
        self.add("with - and _", Hs256, good.clone(), Accept);
        assert!(good.contains('-') && good.contains('_'), "the token has both letters");
        let (header, rest) = good.split_once('.').unwrap();
        let (payload, signature) = rest.split_once('.').unwrap();
        let broken = [
            ("standard alphabet", good.replace('-', "+").replace('_', "/")),
            ("+ for -", good.replace('-', "+")),
            ("/ for _", good.replace('_', "/")),
            ("padded header", format!("{header}=.{payload}.{signature}")),
            ("padded header twice", format!("{header}==.{payload}.{signature}")),
            ("padded payload", format!("{header}.{payload}=.{signature}")),
            ("padded signature", format!("{header}.{payload}.{signature}=")),
            ("escaped padding", format!("{header}.{payload}.{signature}%3D")),
            ("line break at the end", format!("{good}\n")),
            ("CRLF at the end", format!("{good}\r\n")),
            ("space before", format!(" {good}")),
            ("tab at the end", format!("{good}\t")),
            ("NUL at the end", format!("{good}\0")),
            ("space in the header", format!("{} {}.{payload}.{signature}", &header[..4], &header[4..])),
            ("line break in the payload", format!("{header}.{}\n{}.{signature}", &payload[..8], &payload[8..])),
            ("space in the signature", format!("{header}.{payload}.{} {}", &signature[..8], &signature[8..])),
            ("a lone letter more", format!("{header}.{payload}.{signature}AA")),
            ("a letter of another alphabet", good.replace('-', "–")),
            ("a comma", format!("{header},{payload}.{signature}")),
            ("fullwidth stops", good.replace('.', "．")),
        ];
        for (name, token) in broken {
            self.add(format!("base64: {name}"), Hs256, token, Refuse(Fault::Malformed));
        }
        let mac_of_padded =
            compact_raw(&format!("{}=", base64url(HS256)), payload, |input| self.world.signer.sign(Hs256, input));
        self.add("base64: a MAC over padding", Hs256, mac_of_padded, Refuse(Fault::Malformed));
        self.trailing_bits();
    }

    /// The last letter of a part can carry bits that mean nothing; another letter would be another spelling.
    fn trailing_bits(&mut self) {
        for (part, name) in ["header", "payload", "signature"].into_iter().enumerate() {
            for spaces in 0..3 {
                let pad = " ".repeat(spaces);
                let header = format!("{{\"alg\":\"HS256\"{pad}}}");
                let claims = self.claims(&[]);
                let token = self.signed(Hs256, &header, format!("{claims}{pad}"));
                let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
                if parts[part].len().is_multiple_of(4) {
                    continue;
                }
                let last = parts[part].pop().unwrap();
                parts[part].push(next_letter(last));
                let title = format!("base64: bits left over in the {name}, {spaces} spaces");
                let must = Refuse(Fault::Malformed);
                self.add(title, Hs256, parts.join("."), must);
            }
        }
    }

    fn mac_and_rsa_signatures(&mut self) {
        for algorithm in [Hs256, Hs384, Hs512, Rs256, Ps256] {
            let good = self.signed(algorithm, header_of(algorithm.as_str()), self.claims(&[]));
            let (input, signature) = good.rsplit_once('.').unwrap();
            let bytes = decode(signature);
            let mut flipped = bytes.clone();
            flipped[0] ^= 1;
            let mut longer = bytes.clone();
            longer.push(0);
            let broken = [
                ("empty", Vec::new()),
                ("one byte", bytes[..1].to_vec()),
                ("half", bytes[..bytes.len() / 2].to_vec()),
                ("one byte short", bytes[..bytes.len() - 1].to_vec()),
                ("one byte more", longer),
                ("a zero before", [&[0], bytes.as_slice()].concat()),
                ("one bit flipped", flipped),
                ("all zero", vec![0; bytes.len()]),
                ("all ones", vec![0xff; bytes.len()]),
                ("twice", [bytes.as_slice(), &bytes].concat()),
            ];
            for (name, signature) in broken {
                let token = format!("{input}.{}", base64url(signature));
                let must = Refuse(Fault::SignatureInvalid);
                self.add(format!("{algorithm} signature: {name}"), algorithm, token, must);
            }
        }
        let modulus = decode(texts_for(Rs256).unwrap().jwk.split('"').nth(7).unwrap());
        let mut one = vec![0; modulus.len()];
        one[modulus.len() - 1] = 1;
        for (name, signature) in [("the modulus", modulus), ("one", one)] {
            for algorithm in [Rs256, Ps256] {
                let token = compact(header_of(algorithm.as_str()), self.claims(&[]), |_| signature.clone());
                let must = Refuse(Fault::SignatureInvalid);
                self.add(format!("{algorithm} signature: {name}"), algorithm, token, must);
            }
        }
        let hex = compact(HS256, self.claims(&[]), |input| {
            let digits = mac(HMAC_SHA256, SECRET.as_bytes(), input).into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
            digits.map(|digit| b"0123456789abcdef"[usize::from(digit)]).collect()
        });
        self.add("a MAC in hex", Hs256, hex, Refuse(Fault::SignatureInvalid));
        let other = compact(HS256, self.claims(&[]), |input| mac(HMAC_SHA256, SECRET.to_uppercase().as_bytes(), input));
        self.add("a MAC with another secret", Hs256, other, Refuse(Fault::SignatureInvalid));
    }

    fn elliptic_signatures(&mut self) {
        for (algorithm, order) in [(Es256, P256_ORDER), (Es384, P384_ORDER), (Es512, P521_ORDER)] {
            let size = order.len() / 2;
            let order: Vec<u8> =
                (0..size).map(|at| u8::from_str_radix(&order[2 * at..2 * at + 2], 16).unwrap()).collect();
            let good = self.signed(algorithm, header_of(algorithm.as_str()), self.claims(&[]));
            let (input, signature) = good.rsplit_once('.').unwrap();
            let bytes = decode(signature);
            let (r, s) = bytes.split_at(size);
            let zero = vec![0; size];
            let mut one = zero.clone();
            one[size - 1] = 1;
            let concat = |r: &[u8], s: &[u8]| [r, s].concat();
            let broken = [
                ("empty", Vec::new()),
                ("only r", r.to_vec()),
                ("one byte short", bytes[..bytes.len() - 1].to_vec()),
                ("one byte more", [bytes.as_slice(), &[0]].concat()),
                ("r and s swapped", concat(s, r)),
                ("r = 0", concat(&zero, s)),
                ("s = 0", concat(r, &zero)),
                ("r = s = 0", concat(&zero, &zero)),
                ("r = s = 1", concat(&one, &one)),
                ("r = n", concat(&order, s)),
                ("s = n", concat(r, &order)),
                ("r = s = n", concat(&order, &order)),
                ("r = n, s = 0", concat(&order, &zero)),
                ("all ones", vec![0xff; 2 * size]),
                ("DER", der_signature(r, s)),
                ("zeros before r and s", [&[0], r, &[0], s].concat()),
            ];
            for (name, signature) in broken {
                let token = format!("{input}.{}", base64url(signature));
                let must = Refuse(Fault::SignatureInvalid);
                self.add(format!("{algorithm} signature: {name}"), algorithm, token, must);
            }
        }
        self.ed25519_signatures();
    }

    fn ed25519_signatures(&mut self) {
        let good = self.signed(EdDsa, header_of("EdDSA"), self.claims(&[]));
        let (input, signature) = good.rsplit_once('.').unwrap();
        let bytes = decode(signature);
        let (point, scalar) = bytes.split_at(32);
        // The identity as R and as scalar 0: good for a key of small order only.
        let mut identity = vec![0; 32];
        identity[0] = 1;
        let broken = [
            ("empty", Vec::new()),
            ("one byte short", bytes[..63].to_vec()),
            ("one byte more", [bytes.as_slice(), &[0]].concat()),
            ("halves swapped", [scalar, point].concat()),
            ("all zero", vec![0; 64]),
            ("R the identity, S zero", [identity.as_slice(), &[0; 32]].concat()),
            ("S + L", [point, &plus_group_order(scalar)].concat()),
        ];
        for (name, signature) in broken {
            let token = format!("{input}.{}", base64url(signature));
            self.add(format!("EdDSA signature: {name}"), EdDsa, token, Refuse(Fault::SignatureInvalid));
        }
    }

    fn structure(&mut self) {
        let good = self.signed(Hs256, HS256, self.claims(&[]));
        let parts: Vec<&str> = good.split('.').collect();
        let (header, payload, signature) = (parts[0], parts[1], parts[2]);
        let broken = [
            ("nothing", String::new()),
            ("a stop", ".".into()),
            ("two stops", "..".into()),
            ("three stops", "...".into()),
            ("a header alone", header.to_string()),
            ("two parts", format!("{header}.{payload}")),
            ("four parts", format!("{good}.{signature}")),
            ("an empty fourth part", format!("{good}.")),
            ("an empty first part more", format!(".{good}")),
            ("five parts, as a JWE", format!("{header}.{payload}.{signature}.{payload}.{signature}")),
            ("no header", format!(".{payload}.{signature}")),
            ("no payload", format!("{header}..{signature}")),
            ("two tokens", format!("{good},{good}")),
            ("two tokens with a space", format!("{good} {good}")),
            ("a scheme before", format!("Bearer {good}")),
            ("quotes around", format!("\"{good}\"")),
            ("a byte order mark before", format!("\u{feff}{good}")),
            (
                "flattened JSON",
                format!(r#"{{"protected":"{header}","payload":"{payload}","signature":"{signature}"}}"#),
            ),
            (
                "general JSON",
                format!(
                    r#"{{"payload":"{payload}","signatures":[{{"protected":"{header}","signature":"{signature}"}}]}}"#
                ),
            ),
            ("the payload not encoded", format!("{header}.{}.{signature}", self.claims(&[]))),
            ("the header not encoded", format!("{HS256}.{payload}.{signature}")),
        ];
        for (name, token) in broken {
            self.add(name, Hs256, token, Refuse(Fault::Malformed));
        }
        self.add("no signature", Hs256, format!("{header}.{payload}."), Refuse(Fault::SignatureInvalid));
    }

    fn text(&mut self) {
        let good = self.claims(&[]);
        let open = good.trim_end_matches('}').to_string();
        let with = |tail: &[u8]| [open.as_bytes(), tail].concat();
        let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let payloads: [(&str, Vec<u8>); 35] = [
            ("an array", b"[]".into()),
            ("an array of claims", format!("[{good}]").into()),
            ("a string", b"\"claims\"".into()),
            ("a number", b"1".into()),
            ("null", b"null".into()),
            ("true", b"true".into()),
            ("white space", b" ".into()),
            ("two objects", format!("{good}{good}").into()),
            ("an object and null", format!("{good} null").into()),
            ("trailing text", format!("{good}x").into()),
            ("a trailing NUL", format!("{good}\0").into()),
            ("a trailing brace", format!("{good}}}").into()),
            ("no end", open.clone().into()),
            ("a byte order mark", format!("\u{feff}{good}").into()),
            ("UTF-16", utf16),
            ("a comma at the end", with(b",}")),
            ("a comment", with(b"/* */}")),
            ("a line comment", with(b"} // end")),
            ("a name without quotes", with(b",a:1}")),
            ("single quotes", with(b",'a':1}")),
            ("a number as name", with(b",1:1}")),
            ("no value", with(b",\"a\":}")),
            ("no colon", with(b",\"a\"}")),
            ("invalid UTF-8 in a string", with(b",\"a\":\"\xff\"}")),
            ("overlong UTF-8 in a string", with(b",\"a\":\"\xc0\xaf\"}")),
            ("a UTF-8 surrogate", with(b",\"a\":\"\xed\xa0\x80\"}")),
            ("invalid UTF-8 outside strings", with(b"\xff}")),
            ("a lone high surrogate", with(br#","a":"\ud800"}"#)),
            ("a lone low surrogate", with(br#","a":"\udc00"}"#)),
            ("swapped surrogates", with(br#","a":"\udc00\ud800"}"#)),
            ("a lone surrogate in a name", with(br#","\ud800":1}"#)),
            ("an unknown escape", with(br#","a":"\x41"}"#)),
            ("a short escape", with(br#","a":"\u41"}"#)),
            ("a raw line break in a string", with(b",\"a\":\"\n\"}")),
            ("a form feed as space", with(b"\x0c}")),
        ];
        for (name, payload) in payloads {
            self.payload(format!("claims: {name}"), payload, Refuse(Fault::Malformed));
        }
        self.payload("claims: an empty object", "{}", Refuse(Fault::ProfileUnnamed));
        self.payload("claims: a surrogate pair", with(br#","a":"\ud83d\ude00"}"#), Accept);
        self.payload("claims: white space around", format!("\r\n\t {good} \n"), Accept);
        self.payload("claims: prototype names", with(br#","__proto__":{"admin":true},"constructor":1}"#), Accept);
        let headers: [(&str, &[u8]); 11] = [
            ("an array", b"[]"),
            ("a string", b"\"HS256\""),
            ("null", b"null"),
            ("a number", b"256"),
            ("two objects", br#"{"alg":"HS256"}{"alg":"HS256"}"#),
            ("trailing text", br#"{"alg":"HS256"}x"#),
            ("a byte order mark", b"\xef\xbb\xbf{\"alg\":\"HS256\"}"),
            ("invalid UTF-8", b"{\"alg\":\"HS256\",\"x\":\"\xff\"}"),
            ("a lone surrogate", br#"{"alg":"HS256","x":"\udfff"}"#),
            ("a comma at the end", br#"{"alg":"HS256",}"#),
            ("a number out of range", br#"{"alg":"HS256","x":1e999}"#),
        ];
        for (name, header) in headers {
            self.header(&format!("header: {name}"), header, Refuse(Fault::Malformed));
        }
    }

    fn size_and_depth(&mut self) {
        let open = self.claims(&[]);
        let open = open.trim_end_matches('}').to_string();
        let depth = 300;
        let arrays = format!("{open},\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        self.payload("300 arrays deep", arrays, Refuse(Fault::Malformed));
        let objects = format!("{open},\"a\":{}1{}}}", "{\"a\":".repeat(depth), "}".repeat(depth));
        self.payload("300 objects deep", objects, Refuse(Fault::Malformed));
        let open_arrays = format!("{open},\"a\":{}", "[".repeat(4000));
        self.payload("4000 arrays opened", open_arrays, Refuse(Fault::Malformed));
        let header = header_and(&format!("\"x\":{}{}", "[".repeat(depth), "]".repeat(depth)));
        self.header("300 arrays deep in the header", header, Refuse(Fault::Malformed));
        let shallow = format!("{open},\"a\":{}{}}}", "[".repeat(20), "]".repeat(20));
        self.payload("20 arrays deep", shallow, Accept);
        let digits = format!("{open},\"a\":{}}}", "9".repeat(1000));
        self.payload("a number of 1000 digits", digits, Refuse(Fault::Malformed));
        let digits = format!("{open},\"a\":0.{}}}", "1".repeat(3000));
        self.payload("a fraction of 3000 digits", digits, Accept);

        let base = self.signed(Hs256, HS256, format!("{open},\"a\":\"\"}}")).len();
        let room = MAX_TOKEN_BYTES - base;
        let longest = (room * 3 / 4 - 4..room)
            .map(|pad| self.signed(Hs256, HS256, format!("{open},\"a\":\"{}\"}}", "x".repeat(pad))))
            .take_while(|token| token.len() <= MAX_TOKEN_BYTES)
            .last()
            .unwrap();
        self.add("as long as may be", Hs256, longest.clone(), Accept);
        let longer = format!("{longest}{}", "A".repeat(MAX_TOKEN_BYTES + 1 - longest.len()));
        self.add("one byte too long", Hs256, longer, Refuse(Fault::TooLarge));
        self.add("a megabyte", Hs256, "A".repeat(1 << 20), Refuse(Fault::TooLarge));
        self.add("8192 stops", Hs256, ".".repeat(MAX_TOKEN_BYTES), Refuse(Fault::Malformed));
        self.add("8192 letters", Hs256, "A".repeat(MAX_TOKEN_BYTES), Refuse(Fault::Malformed));
    }

    /// Parts of good tokens put together anew.
    fn swapped_parts(&mut self) {
        for algorithm in [Hs256, Rs256, Es256, EdDsa] {
            let header = header_of(algorithm.as_str());
            let one = self.signed(algorithm, &header, self.claims(&[]));
            let two = self.signed(algorithm, &header, self.claims(&[("role", "\"admin\"")]));
            let one: Vec<&str> = one.split('.').collect();
            let two: Vec<&str> = two.split('.').collect();
            let other_header = base64url(format!("{{\"alg\":\"{algorithm}\",\"typ\":\"JWT\"}}"));
            let moved = format!("{}.{}.{}", one[0], two[1], one[2]);
            let must = Refuse(Fault::SignatureInvalid);
            self.add(format!("{algorithm}: payload of another token"), algorithm, moved, must);
            let moved = format!("{}.{}.{}", one[0], one[1], two[2]);
            self.add(format!("{algorithm}: signature of another token"), algorithm, moved, must);
            let moved = format!("{other_header}.{}.{}", one[1], one[2]);
            self.add(format!("{algorithm}: another header"), algorithm, moved, must);
            let later = self.claims(&[("exp", "99999999999")]);
            let moved = format!("{}.{}.{}", one[0], base64url(later), one[2]);
            self.add(format!("{algorithm}: a later end"), algorithm, moved, must);
        }
    }
}

const HS256: &str = r#"{"alg":"HS256"}"#;

const P256_ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
const P384_ORDER: &str =
    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973";
const P521_ORDER: &str = "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409";
/// The order of the group of Ed25519, little-endian.
const ED25519_ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

fn header_of(algorithm: &str) -> String {
    format!("{{\"alg\":\"{algorithm}\"}}")
}

fn header_and(member: &str) -> String {
    format!("{{\"alg\":\"HS256\",{member}}}")
}

/// The forms in which a verifier may hold a public key, each as the bytes of a secret.
fn public_key_as_secret(texts: &PublicTexts) -> Vec<(&'static str, Vec<u8>)> {
    let der = pem_bytes(texts.pem);
    let blob = texts.ssh.split(' ').nth(1).unwrap();
    vec![
        ("PEM", texts.pem.into()),
        ("PEM without its last line break", texts.pem.trim_end().into()),
        ("PEM with CRLF", texts.pem.replace('\n', "\r\n").into()),
        ("PEM in one line", texts.pem.replace('\n', "").into()),
        ("DER", der.clone()),
        ("DER in base64", STANDARD.encode(&der).into()),
        ("DER in base64url", base64url(&der).into()),
        ("certificate", texts.certificate.into()),
        ("certificate in DER", pem_bytes(texts.certificate)),
        ("JWK", texts.jwk.into()),
        ("JWK without its last line break", texts.jwk.trim_end().into()),
        ("SSH line", texts.ssh.into()),
        ("SSH line without comment", texts.ssh.rsplit_once(' ').unwrap().0.into()),
        ("SSH blob", STANDARD.decode(blob).unwrap()),
        ("SSH blob in base64", blob.into()),
    ]
}

fn compact_raw(header: &str, payload: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let input = format!("{header}.{payload}");
    let signature = base64url(sign(input.as_bytes()));
    format!("{input}.{signature}")
}

fn decode(part: &str) -> Vec<u8> {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap()
}

/// The letter whose value is one more; the last ones wrap to one less.
fn next_letter(letter: char) -> char {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let at = LETTERS.find(letter).unwrap();
    LETTERS.chars().nth(at ^ 1).unwrap()
}

/// `ECDSA-Sig-Value` (RFC 3279 2.2.3), as other protocols write it.
fn der_signature(r: &[u8], s: &[u8]) -> Vec<u8> {
    let integer = |number: &[u8]| {
        let start = number.iter().position(|byte| *byte != 0).unwrap();
        let sign: &[u8] = if number[start] >= 0x80 { &[0] } else { &[] };
        let bytes = [sign, &number[start..]].concat();
        [&[2, u8::try_from(bytes.len()).unwrap()], bytes.as_slice()].concat()
    };
    let body = [integer(r), integer(s)].concat();
    let length = u8::try_from(body.len()).unwrap();
    let header: &[u8] = if length < 0x80 { &[0x30, length] } else { &[0x30, 0x81, length] };
    [header, &body].concat()
}

/// The same scalar, written larger (RFC 8032 8.4 forbids it).
fn plus_group_order(scalar: &[u8]) -> Vec<u8> {
    let mut carry = 0;
    let sum = scalar.iter().zip(ED25519_ORDER).map(|(one, other)| {
        let sum = u16::from(*one) + u16::from(other) + carry;
        carry = sum >> 8;
        (sum & 0xff) as u8
    });
    sum.collect()
}
