//! Values that only certificate bundles have.

use crate::wire::{Faults, Json, Wire, text};
use domain::certificate::Authorities;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// Most faults of one text that are told of.
const SHOWN_FAULTS: usize = 10;

/// Certificates of authorities as pasted, in PEM.
#[derive(Debug)]
pub(crate) struct PemText(pub(crate) Authorities);

impl Wire for PemText {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let pem = String::read(json, faults)?;
        if pem.trim().is_empty() {
            faults.bad("", "can't be blank");
            return None;
        }
        match Authorities::parse(&pem) {
            Ok(authorities) => Some(Self(authorities)),
            Err(found) => {
                for fault in found.iter().take(SHOWN_FAULTS) {
                    faults.bad("", fault.to_string());
                }
                None
            }
        }
    }

    fn schema() -> RefOr<Schema> {
        text(1, Authorities::MAX_PEM_BYTES).into()
    }
}
