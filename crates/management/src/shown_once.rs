//! Secrets that an answer shows once. Who keeps the answer (`idempotency.rs`) masks them first.

use domain::secret::Secret;
use domain::token::{last4, masked};
use std::cell::RefCell;

tokio::task_local! {
    static NOTED: RefCell<Vec<Secret>>;
}

/// Notes a secret that the answer to this request may show. What [`crate::issue::generate`] makes is noted by itself;
/// a secret that comes from elsewhere must be noted by its operation.
pub(crate) fn note(secret: &Secret) {
    // Outside of a request whose answer is kept there is nothing to note.
    let _ = NOTED.try_with(|noted| noted.borrow_mut().push(secret.clone()));
}

/// Runs an operation; gives its answer with the secrets that it may show.
pub(crate) async fn noting<F: Future>(operation: F) -> (F::Output, Vec<Secret>) {
    NOTED
        .scope(RefCell::default(), async {
            let answer = operation.await;
            (answer, NOTED.with(RefCell::take))
        })
        .await
}

/// A JSON text with these secrets masked, wherever they stand in it.
pub(crate) fn mask(json: &str, secrets: &[Secret]) -> String {
    secrets.iter().filter(|secret| !secret.expose().is_empty()).fold(json.to_owned(), |text, secret| {
        let shown = serde_json::Value::from(secret.expose()).to_string();
        let shown = shown.trim_start_matches('"').trim_end_matches('"');
        text.replace(shown, &masked(&last4(secret)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_noted_is_masked_everywhere() {
        let secret = Secret::new("a\\quite \"long/ secret-1234".to_owned());
        let body = serde_json::json!({"token": secret.expose(), "url": format!("x#{}", secret.expose())});
        let ((), noted) = noting(async { note(&secret) }).await;
        let masked = mask(&body.to_string(), &noted);
        assert!(!masked.contains("secret-"), "{masked}");
        let masked: serde_json::Value = serde_json::from_str(&masked).unwrap();
        assert_eq!(masked["token"], "••••••••••••1234");
        assert_eq!(masked["url"], "x#••••••••••••1234");
    }

    #[test]
    fn nothing_is_noted_outside_of_a_request() {
        note(&Secret::new("x".to_owned()));
    }
}
