//! A text that must not be seen: no `Debug`, no `Serialize`, wiped when dropped.

use zeroize::Zeroizing;

/// A secret text. Reading it is explicit: [`Secret::expose`].
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a text into keeping.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text, for the one place that needs it (an answer that shows it once, a hash, a header).
    pub fn expose(&self) -> &str {
        &self.0
    }
}
