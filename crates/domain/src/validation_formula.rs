//! The rule on client certificates: `FIELD=value` joined by commas, all must hold.
//!
//! ```text
//! formula   = condition *( "," condition )
//! condition = FIELD "=" value          ; spaces around either are dropped
//! FIELD     = "CN" / "O" / "OU" / "C" / "SAN.DNS" / "SAN.URI" / "SAN.EMAIL"
//! value     = [ "*." ] 1*( character / "\," / "\\" / "\*" / "\"" )
//! ```
//!
//! A condition holds if any value of its field is the wanted one: to the letter, but for `SAN.DNS`, where case does not
//! count. `*.` in front stands for exactly one label of letters, digits, `-` and `_`. A certificate without the field,
//! or with a value that is no text, does not fulfil a condition. There is no "or" and no "not": what a rule admits can be
//! read off it. See `docs/adr/0010-certificates-are-judged-per-request.md`.

use crate::certificate::{CertificateFacts, CertificateField};
use serde::{Serialize, Serializer};
use std::iter::Peekable;
use std::str::CharIndices;

/// A rule, as typed and as compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidationFormula {
    text: Box<str>,
    conditions: Box<[Condition]>,
}

/// One part of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The field.
    pub field: CertificateField,
    wanted: Wanted,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    Exact(Box<str>),
    /// One label, then this, which begins with a dot.
    Below(Box<str>),
}

/// What is wrong with a rule, and at which character (from 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("character {at}: {problem}")]
pub struct FormulaFault {
    /// The character.
    pub at: usize,
    /// What is wrong there.
    pub problem: FormulaProblem,
}

/// What may be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormulaProblem {
    /// Over the bound.
    #[error("the rule is longer than {} characters", ValidationFormula::MAX_CHARS)]
    TooLong,
    /// Over the bound.
    #[error("the rule has more than {} conditions", ValidationFormula::MAX_CONDITIONS)]
    TooMany,
    /// Nothing between two commas, or at either end.
    #[error("a condition is missing; write FIELD=value, joined by commas")]
    NoCondition,
    /// A condition without `=`.
    #[error("there is no = after the field; write FIELD=value (a comma inside a value is written \\,)")]
    NoEquals,
    /// A field that no certificate has here.
    #[error("unknown field; known are CN, O, OU, C, SAN.DNS, SAN.URI and SAN.EMAIL, in capitals")]
    UnknownField,
    /// Nothing after `=`.
    #[error("the value is missing")]
    NoValue,
    /// A star in another place.
    #[error("* stands only in front, as *. before the rest of a name; a star itself is written \\*")]
    Star,
    /// People who think of quoting.
    #[error("values stand without quotes; a quote itself is written \\\"")]
    Quote,
    /// A backslash before something else.
    #[error("\\ stands only before a comma, \\, * or \"")]
    Escape,
    /// A control character.
    #[error("control characters are not allowed")]
    Control,
}

impl ValidationFormula {
    /// Most characters.
    pub const MAX_CHARS: usize = 2048;
    /// Most conditions.
    pub const MAX_CONDITIONS: usize = 20;

    /// Reads a rule.
    pub fn parse(text: &str) -> Result<Self, FormulaFault> {
        if text.chars().count() > Self::MAX_CHARS {
            return Err(FormulaFault { at: Self::MAX_CHARS + 1, problem: FormulaProblem::TooLong });
        }
        // Only the end is cut off, so that positions are those of the text as typed.
        let mut reader = Reader { text: text.trim_end(), rest: text.trim_end().char_indices().peekable() };
        let mut conditions = Vec::new();
        loop {
            if conditions.len() == Self::MAX_CONDITIONS {
                return Err(reader.fault(FormulaProblem::TooMany));
            }
            conditions.push(reader.condition()?);
            if reader.rest.next().is_none() {
                return Ok(Self { text: text.trim().into(), conditions: conditions.into() });
            }
        }
    }

    /// The rule as typed.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its parts, in order.
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// Whether a certificate fulfils all of it.
    pub fn admits(&self, certificate: &CertificateFacts) -> bool {
        self.conditions.iter().all(|condition| condition.holds(certificate))
    }
}

impl Serialize for ValidationFormula {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl Condition {
    /// Whether a certificate fulfils it.
    pub fn holds(&self, certificate: &CertificateFacts) -> bool {
        certificate.values(self.field).any(|value| self.wanted.is(self.field, value))
    }
}

impl std::fmt::Display for Condition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.wanted {
            Wanted::Exact(value) => write!(f, "{}={value}", self.field.as_str()),
            Wanted::Below(suffix) => write!(f, "{}=*{suffix}", self.field.as_str()),
        }
    }
}

impl Wanted {
    fn is(&self, field: CertificateField, value: &str) -> bool {
        let same = |one: &str, other: &str| match field {
            CertificateField::Dns => one.eq_ignore_ascii_case(other),
            CertificateField::CommonName
            | CertificateField::Organization
            | CertificateField::Unit
            | CertificateField::Country
            | CertificateField::Uri
            | CertificateField::Email => one == other,
        };
        match self {
            Self::Exact(wanted) => same(wanted, value),
            Self::Below(suffix) => {
                let split = value.len().checked_sub(suffix.len()).and_then(|at| value.split_at_checked(at));
                split.is_some_and(|(label, end)| is_label(label) && same(suffix, end))
            }
        }
    }
}

fn is_label(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

struct Reader<'a> {
    text: &'a str,
    rest: Peekable<CharIndices<'a>>,
}

impl Reader<'_> {
    /// A fault at the next character.
    fn fault(&mut self, problem: FormulaProblem) -> FormulaFault {
        let next = self.rest.peek().map_or(self.text.len(), |(at, _)| *at);
        self.fault_at(next, problem)
    }

    fn fault_at(&self, byte: usize, problem: FormulaProblem) -> FormulaFault {
        let before = self.text.get(..byte).unwrap_or(self.text);
        FormulaFault { at: before.chars().count() + 1, problem }
    }

    fn skip_spaces(&mut self) {
        while self.rest.next_if(|(_, character)| *character == ' ').is_some() {}
    }

    /// Reads up to the comma that ends the condition, which is left.
    fn condition(&mut self) -> Result<Condition, FormulaFault> {
        self.skip_spaces();
        let field = self.field()?;
        self.skip_spaces();
        let start = self.rest.peek().map_or(self.text.len(), |(at, _)| *at);
        let below = self.text.get(start..).is_some_and(|value| value.starts_with("*."));
        if below {
            self.rest.next();
        }
        let value = self.value()?;
        if value.is_empty() || (below && value.len() == 1) {
            return Err(self.fault_at(start, FormulaProblem::NoValue));
        }
        Ok(Condition { field, wanted: if below { Wanted::Below(value) } else { Wanted::Exact(value) } })
    }

    /// Reads a field and the `=` after it.
    fn field(&mut self) -> Result<CertificateField, FormulaFault> {
        let mut name = String::new();
        let start = self.rest.peek().map_or(self.text.len(), |(at, _)| *at);
        while let Some((_, character)) = self.rest.next_if(|(_, character)| !matches!(character, '=' | ',')) {
            name.push(character);
        }
        let name = name.trim_end_matches(' ');
        match self.rest.peek() {
            Some((_, '=')) => {
                self.rest.next();
                let field = CertificateField::ALL.into_iter().find(|field| field.as_str() == name);
                field.ok_or_else(|| self.fault_at(start, FormulaProblem::UnknownField))
            }
            Some(_) | None if name.is_empty() => Err(self.fault_at(start, FormulaProblem::NoCondition)),
            Some(_) | None => Err(self.fault_at(start, FormulaProblem::NoEquals)),
        }
    }

    fn value(&mut self) -> Result<Box<str>, FormulaFault> {
        let mut value = String::new();
        // Where the last character that is no space ends: escaped ones count, spaces at the end do not.
        let mut end = 0;
        while let Some((at, character)) = self.rest.next_if(|(_, character)| *character != ',') {
            let taken = match character {
                '\\' => match self.rest.next_if(|(_, next)| matches!(next, ',' | '\\' | '*' | '"')) {
                    Some((_, escaped)) => escaped,
                    None => return Err(self.fault_at(at, FormulaProblem::Escape)),
                },
                '*' => return Err(self.fault_at(at, FormulaProblem::Star)),
                '"' => return Err(self.fault_at(at, FormulaProblem::Quote)),
                _ if character.is_control() => return Err(self.fault_at(at, FormulaProblem::Control)),
                _ => character,
            };
            value.push(taken);
            if taken != ' ' {
                end = value.len();
            }
        }
        value.truncate(end);
        Ok(value.into())
    }
}

#[cfg(test)]
mod tests;
