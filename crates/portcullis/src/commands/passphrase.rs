//! Passphrases: from a file, from the environment, or asked for at the terminal.

use crate::cli::PassphraseArgs;
use crate::failure::Failure;
use crate::settings::secret_of_environment;
use anyhow::Context as _;
use std::io::IsTerminal as _;

/// Whether a passphrase is chosen now or was before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// It is chosen: asked for twice.
    Seal,
    /// It opens what was sealed.
    Open,
}

/// The passphrase; `None` where secrets are not asked for.
pub(super) fn passphrase(args: &PassphraseArgs, purpose: Use) -> Result<Option<String>, Failure> {
    if !args.with_secrets {
        return Ok(None);
    }
    if let Some(file) = &args.passphrase_file {
        let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        return Ok(Some(text.lines().next().unwrap_or_default().to_owned()));
    }
    if let Some(passphrase) = secret_of_environment("PORTCULLIS_PASSPHRASE") {
        return Ok(Some(passphrase));
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage("--with-secrets: give PORTCULLIS_PASSPHRASE or --passphrase-file"));
    }
    let first = rpassword::prompt_password("Passphrase: ").context("cannot read the passphrase")?;
    if purpose == Use::Seal {
        let again = rpassword::prompt_password("The same again: ").context("cannot read the passphrase")?;
        if first != again {
            return Err(Failure::usage("the two passphrases are not the same"));
        }
    }
    Ok(Some(first))
}
