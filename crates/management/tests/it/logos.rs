//! Logos of clients.

use crate::support::TestApi;
use image::{DynamicImage, ImageFormat, RgbaImage};
use serde_json::{Value, json};
use std::io::Cursor;

fn picture(format: ImageFormat, side: u32) -> Vec<u8> {
    let image = DynamicImage::from(RgbaImage::from_pixel(side, side / 2, image::Rgba([0, 90, 200, 255])));
    let image = if format == ImageFormat::Jpeg { DynamicImage::from(image.into_rgb8()) } else { image };
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn form(parts: &[(&str, &[u8])]) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    for (name, bytes) in parts {
        let head = format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"l.png\"\r\n\r\n");
        body.extend([head.as_bytes(), bytes, b"\r\n"].concat());
    }
    body.extend(b"--cut--\r\n");
    ("multipart/form-data; boundary=cut".to_owned(), body)
}

async fn client_with_path(api: &TestApi) -> (String, String) {
    let client = format!("/api/v2/api_clients/{}", api.client("Partner").await);
    let logo = format!("{client}/logo");
    (client, logo)
}

#[tokio::test]
async fn a_logo_is_stored_in_two_sizes_shown_and_deleted() {
    let api = TestApi::start().await;
    let (client, logo) = client_with_path(&api).await;
    api.get(&logo).await.problem(404);
    for (round, (kind, upload)) in [
        ("image/png".to_owned(), picture(ImageFormat::Png, 300)),
        ("image/jpeg".to_owned(), picture(ImageFormat::Jpeg, 50)),
        (String::new(), picture(ImageFormat::Jpeg, 4096)),
        form(&[("logo", &picture(ImageFormat::Png, 200))]),
    ]
    .into_iter()
    .enumerate()
    {
        let shown = api.send_raw("PUT", &logo, &kind, upload.clone()).await.ok().body["data"].clone();
        // The version begins at the time of the first logo and rises with each.
        let version = 1_795_500_000_000_000 + round;
        assert_eq!(shown["logo"], format!("{logo}?size=128&v={version}"));
        assert_eq!(shown["logo_2x"], format!("{logo}?size=256&v={version}"));
        assert_eq!(api.get(&client).await.ok().body["data"]["logo"], shown["logo"]);
        for (path, side) in [
            (logo.clone(), 128),
            (shown["logo"].as_str().unwrap().to_owned(), 128),
            (shown["logo_2x"].as_str().unwrap().to_owned(), 256),
        ] {
            let answer = api.get(&path).await.ok();
            assert_eq!(answer.header("content-type"), "image/png");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            let image = image::load_from_memory_with_format(&answer.bytes, ImageFormat::Png).unwrap();
            assert_eq!((image.width(), image.height()), (side, side));
            assert_ne!(answer.bytes, upload, "nothing is served as it came");
        }
    }
    assert_eq!(api.get(&logo).await.header("cache-control"), "no-store");
    assert_eq!(api.get(&format!("{logo}?v=4")).await.header("cache-control"), "private, max-age=86400");
    for query in ["size=64", "size=", "v=x", "colour=red"] {
        api.get(&format!("{logo}?{query}")).await.problem(400);
    }
    assert_eq!(api.delete(&logo).await.ok().body, json!({"success": true}));
    api.get(&logo).await.problem(404);
    assert_eq!(api.get(&client).await.ok().body["data"]["logo"], Value::Null);
}

#[tokio::test]
async fn what_is_no_logo_is_refused_at_its_field() {
    let api = TestApi::start().await;
    let (client, logo) = client_with_path(&api).await;
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>".to_vec();
    let png = picture(ImageFormat::Png, 100);
    let no_image = "must be a PNG or JPEG image";
    for (kind, upload, expected) in [
        ("image/svg+xml".to_owned(), svg.clone(), no_image),
        ("image/png".to_owned(), svg.clone(), no_image),
        ("image/png".to_owned(), Vec::new(), no_image),
        ("image/png".to_owned(), b"GIF89a".to_vec(), no_image),
        ("application/json".to_owned(), b"{}".to_vec(), no_image),
        ("image/png".to_owned(), png[..60].to_vec(), "is a broken image"),
        ("image/png".to_owned(), picture(ImageFormat::Png, 4097), "must be at most 4096 pixels a side"),
        (form(&[("logo", &svg)]).0, form(&[("logo", &svg)]).1, no_image),
        (form(&[]).0, form(&[]).1, "can't be blank"),
        (form(&[]).0, form(&[("logo", &png), ("logo", &png)]).1, "is given more than once"),
    ] {
        let answer = api.send_raw("PUT", &logo, &kind, upload).await.problem(400);
        assert_eq!(answer.fault("logo"), expected, "{}", answer.body);
    }
    let (kind, other) = form(&[("logo", &png), ("picture", &png)]);
    assert_eq!(api.send_raw("PUT", &logo, &kind, other).await.problem(400).fault("picture"), "is not a known field");
    api.send_raw("PUT", &logo, "multipart/form-data; boundary=cut", "nonsense").await.problem(400);
    api.send_raw("PUT", &logo, "multipart/form-data", "nonsense").await.problem(400);
    assert_eq!(api.get(&client).await.ok().body["data"]["logo"], Value::Null);
}

#[tokio::test]
async fn an_upload_over_two_mebibytes_is_413() {
    let api = TestApi::start().await;
    let (client, logo) = client_with_path(&api).await;
    let mut big = picture(ImageFormat::Png, 100);
    big.resize(2 * 1024 * 1024, 0);
    api.send_raw("PUT", &logo, "image/png", big.clone()).await.ok();
    let (kind, body) = form(&[("logo", &big)]);
    api.send_raw("PUT", &logo, &kind, body).await.ok();
    api.delete(&logo).await.ok();
    big.push(0);
    api.send_raw("PUT", &logo, "image/png", big.clone()).await.problem(413);
    let (kind, body) = form(&[("logo", &big)]);
    api.send_raw("PUT", &logo, &kind, body).await.problem(413);
    big.resize(10 * 1024 * 1024, 0);
    let (kind, body) = form(&[("logo", &big)]);
    api.send_raw("PUT", &logo, &kind, body).await.problem(413);
    assert_eq!(api.get(&client).await.ok().body["data"]["logo"], Value::Null);
}

#[tokio::test]
async fn a_logo_of_nobody_is_404() {
    let api = TestApi::start().await;
    let path = "/api/v2/api_clients/99/logo";
    api.send_raw("PUT", path, "image/png", picture(ImageFormat::Png, 10)).await.problem(404);
    api.get(path).await.problem(404);
    api.delete(path).await.problem(404);
}
