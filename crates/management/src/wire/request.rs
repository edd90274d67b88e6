//! Declarations of request bodies and queries: one text for parser and document.

use super::{Faults, Field, Json, Wire};
use std::collections::BTreeSet;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{RefOr, Required};

/// One field, as documented.
pub(crate) struct Property {
    /// The name on the wire.
    pub(crate) name: &'static str,
    /// First sentence and more.
    pub(crate) description: String,
    /// Whether it must be sent.
    pub(crate) required: bool,
    /// What it may hold.
    pub(crate) schema: RefOr<Schema>,
}

/// A declared request: what [`request!`] makes.
pub(crate) trait Request: Sized {
    /// Reads it from an object; faults are noted and leave `Field::Faulty`.
    fn read_fields(object: &mut ObjectReader<'_>) -> Self;

    /// Its fields, for the document.
    fn properties() -> Vec<Property>;
}

/// Declares a request: `/// doc`, `pub(crate) struct Name { /// doc  field: Type, required; ... }`.
///
/// `Type` implements [`Wire`]; `Option<Type>` may be null; `, required` refuses absence. Each field of the struct
/// becomes a [`Field`]. A last line `..terms: TermsInput;` takes in the fields of another request, flat; their types
/// must not have named schemas. The struct implements [`Request`], [`Wire`] (to be nested) and utoipa's `ToSchema` and
/// `IntoParams` (so that it can stand in `request_body = Name` and `params(Name)`).
macro_rules! request {
    (
        $(#[doc = $doc:literal])*
        pub(crate) struct $name:ident {
            $( $(#[doc = $field_doc:literal])* $field:ident : $type:ty $(, $required:ident)? ; )*
            $( .. $rest:ident : $rest_type:ty ; )?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug)]
        pub(crate) struct $name {
            $( $(#[doc = $field_doc])* pub(crate) $field: $crate::wire::Field<$type>, )*
            $(
                /// Fields shared with other requests.
                pub(crate) $rest: $rest_type,
            )?
        }

        impl $crate::wire::Request for $name {
            fn read_fields(object: &mut $crate::wire::ObjectReader<'_>) -> Self {
                let _ = &object;
                let read = Self {
                    $( $field: object.field::<$type>(
                        stringify!($field).trim_start_matches("r#"),
                        !<[&str]>::is_empty(&[$( stringify!($required) )?]),
                    ), )*
                    $( $rest: <$rest_type as $crate::wire::Request>::read_fields(object), )?
                };
                // Some fields are only checked; their values are used nowhere.
                $( let _ = &read.$field; )*
                read
            }

            fn properties() -> Vec<$crate::wire::Property> {
                let own = vec![ $( $crate::wire::Property {
                    name: stringify!($field).trim_start_matches("r#"),
                    description: [$($field_doc),*].map(str::trim).join("\n"),
                    required: !<[&str]>::is_empty(&[$( stringify!($required) )?]),
                    schema: <$type as $crate::wire::Wire>::schema(),
                } ),* ];
                $( let own = own.into_iter().chain(<$rest_type as $crate::wire::Request>::properties()).collect(); )?
                own
            }
        }

        impl $crate::wire::Wire for $name {
            fn read(json: &$crate::wire::Json, faults: &mut $crate::wire::Faults) -> Option<Self> {
                let mut object = $crate::wire::ObjectReader::open(json, faults)?;
                let read = <Self as $crate::wire::Request>::read_fields(&mut object);
                object.refuse_unknown();
                Some(read)
            }

            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::RefOr::Ref(utoipa::openapi::Ref::from_schema_name(stringify!($name)))
            }

            fn collect(schemas: &mut $crate::wire::Schemas) {
                schemas.push((stringify!($name).to_owned(), <Self as utoipa::PartialSchema>::schema()));
                $( <$type as $crate::wire::Wire>::collect(schemas); )*
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                $crate::wire::object_schema(
                    [$($doc),*].map(str::trim).join("\n"),
                    <Self as $crate::wire::Request>::properties(),
                )
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn schemas(schemas: &mut $crate::wire::Schemas) {
                let _ = &schemas;
                $( <$type as $crate::wire::Wire>::collect(schemas); )*
            }
        }

        impl utoipa::IntoParams for $name {
            fn into_params(
                _: impl Fn() -> Option<utoipa::openapi::path::ParameterIn>,
            ) -> Vec<utoipa::openapi::path::Parameter> {
                $crate::wire::into_params(<Self as $crate::wire::Request>::properties())
            }
        }
    };
}
pub(crate) use request;

/// Schema of an object with these properties and no others.
pub(crate) fn object_schema(description: String, properties: Vec<Property>) -> RefOr<Schema> {
    let mut object = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Object))
        .description(Some(description))
        .additional_properties(Some(AdditionalProperties::FreeForm(false)));
    for property in properties {
        let schema = super::described(property.schema, property.description);
        object = object.property(property.name, schema);
        if property.required {
            object = object.required(property.name);
        }
    }
    object.into()
}

/// Query parameters of these names.
pub(crate) fn into_params(properties: Vec<Property>) -> Vec<Parameter> {
    properties
        .into_iter()
        .map(|property| {
            ParameterBuilder::new()
                .name(property.name)
                .parameter_in(ParameterIn::Query)
                .description(Some(property.description))
                .required(if property.required { Required::True } else { Required::False })
                .schema(Some(property.schema))
                .build()
        })
        .collect()
}

/// An object being read.
pub(crate) struct ObjectReader<'a> {
    members: &'a [(String, Json)],
    known: BTreeSet<&'static str>,
    faults: &'a mut Faults,
}

impl<'a> ObjectReader<'a> {
    /// Begins to read; notes a fault if it is no object.
    pub(crate) fn open(json: &'a Json, faults: &'a mut Faults) -> Option<Self> {
        let Json::Object(members) = json else {
            faults.bad("", "must be an object");
            return None;
        };
        Some(Self { members, known: BTreeSet::new(), faults })
    }

    /// Reads one field.
    pub(crate) fn field<T: Wire>(&mut self, name: &'static str, required: bool) -> Field<T> {
        self.known.insert(name);
        let mut sent = self.members.iter().filter(|(key, _)| key == name);
        let Some((_, json)) = sent.next() else {
            if required {
                self.faults.bad(name, "can't be blank");
                return Field::Faulty;
            }
            return Field::Absent;
        };
        if sent.next().is_some() {
            self.faults.bad(name, "is given more than once");
            return Field::Faulty;
        }
        if required && *json == Json::Null {
            self.faults.bad(name, "can't be blank");
            return Field::Faulty;
        }
        match self.faults.within(name, |faults| T::read(json, faults)) {
            Some(value) => Field::Given(value),
            None => Field::Faulty,
        }
    }

    /// Ends reading: notes each name that no field has.
    pub(crate) fn refuse_unknown(self) {
        let unknown: BTreeSet<_> =
            self.members.iter().map(|(key, _)| key.as_str()).filter(|key| !self.known.contains(key)).collect();
        for name in unknown {
            self.faults.bad(name, "is not a known field");
        }
    }
}
