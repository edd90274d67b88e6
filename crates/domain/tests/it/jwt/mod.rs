//! The JWT verifier from outside: public vectors, another library as oracle, attacks, keys, rules.

mod attack_table;
mod attacks;
mod claims;
mod key_sets;
mod key_texts;
mod oracle;
mod signers;
mod wycheproof;
