//! Small schemas, put together.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, KnownFormat, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat, SchemaType,
    Type,
};

/// A string of `min` to `max` characters.
pub(crate) fn text(min: usize, max: usize) -> ObjectBuilder {
    let min = (min > 0).then_some(min);
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).min_length(min).max_length(Some(max))
}

/// One of these words.
pub(crate) fn words(words: impl IntoIterator<Item = &'static str>) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).enum_values(Some(words)).into()
}

/// A whole number from `min` to `max`.
pub(crate) fn integer(min: i64, max: i64) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Integer))
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(min))
        .maximum(Some(max))
        .into()
}

/// A list of these.
pub(crate) fn list_of(item: RefOr<Schema>) -> RefOr<Schema> {
    ArrayBuilder::new().items(item).into()
}

/// An object whose values are strings.
pub(crate) fn text_map() -> RefOr<Schema> {
    let values = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String));
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Object))
        .additional_properties(Some(AdditionalProperties::RefOr(values.into())))
        .into()
}

/// This or null.
pub(crate) fn nullable(schema: RefOr<Schema>) -> RefOr<Schema> {
    let RefOr::T(Schema::Object(mut object)) = schema else { return one_of_null(schema) };
    match (object.schema_type, &object.enum_values) {
        (SchemaType::Type(kind), None) => object.schema_type = SchemaType::Array(vec![kind, Type::Null]),
        (SchemaType::AnyValue, _) => object.schema_type = SchemaType::AnyValue,
        (kind, _) => {
            object.schema_type = kind;
            return one_of_null(object.into());
        }
    }
    object.into()
}

fn one_of_null(schema: RefOr<Schema>) -> RefOr<Schema> {
    OneOfBuilder::new().item(ObjectBuilder::new().schema_type(SchemaType::Type(Type::Null))).item(schema).into()
}

/// The same schema with a description.
pub(crate) fn described(schema: RefOr<Schema>, description: String) -> RefOr<Schema> {
    match schema {
        RefOr::Ref(mut reference) => {
            reference.description = description;
            RefOr::Ref(reference)
        }
        RefOr::T(Schema::Object(mut object)) => {
            object.description = Some(description);
            object.into()
        }
        RefOr::T(Schema::Array(mut array)) => {
            array.description = Some(description);
            RefOr::T(Schema::Array(array))
        }
        RefOr::T(Schema::OneOf(mut one_of)) => {
            one_of.description = Some(description);
            RefOr::T(Schema::OneOf(one_of))
        }
        RefOr::T(other) => RefOr::T(other),
    }
}
