//! HTTP/2 through the front door.

mod floods;
mod malformed;
mod raw;
mod requests;
mod upstreams;
