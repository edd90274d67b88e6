//! Logos: a PNG or JPEG as uploaded, made into two small PNG images. Nothing is served as it came.
//!
//! The image is turned upright (EXIF), fitted into a square and centred on transparent ground, so that every logo has
//! exactly the size asked for. Decoding is bounded in pixels and memory; two images at once, off the threads that
//! answer.

use image::imageops::{self, FilterType};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbaImage};
use std::io::Cursor;
use store::Logo;
use tokio::sync::Semaphore;

/// Largest upload, in bytes.
pub(super) const MAX_BYTES: usize = 2 * 1024 * 1024;
/// Longest side of an uploaded image, in pixels.
const MAX_SIDE: u32 = 4096;
/// Most memory that decoding may take: 16 bits of four channels at the largest size, and some room.
const MAX_ALLOC: u64 = 192 * 1024 * 1024;

static TURNS: Semaphore = Semaphore::const_new(2);

/// Why an upload is no logo, for after the field's name.
pub(super) type Reason = &'static str;

const NOT_AN_IMAGE: Reason = "must be a PNG or JPEG image";
const BROKEN: Reason = "is a broken image";
const TOO_BIG: Reason = "must be at most 4096 pixels a side";

/// Makes both sizes. `None`: the work could not be done at all.
pub(super) async fn make_logo(upload: Vec<u8>) -> Option<Result<Logo, Reason>> {
    let _turn = TURNS.acquire().await.ok()?;
    match tokio::task::spawn_blocking(move || read(&upload)).await {
        Ok(made) => Some(made),
        // The decoder is the only part that a broken image can upset.
        Err(panic) if panic.is_panic() => Some(Err(BROKEN)),
        Err(_) => None,
    }
}

fn read(upload: &[u8]) -> Result<Logo, Reason> {
    let format = image::guess_format(upload).map_err(|_| NOT_AN_IMAGE)?;
    if !matches!(format, ImageFormat::Png | ImageFormat::Jpeg) {
        return Err(NOT_AN_IMAGE);
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_ALLOC);
    let mut reader = ImageReader::with_format(Cursor::new(upload), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| BROKEN)?;
    let (width, height) = decoder.dimensions();
    if width > MAX_SIDE || height > MAX_SIDE {
        return Err(TOO_BIG);
    }
    let orientation = decoder.orientation().map_err(|_| BROKEN)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(|_| BROKEN)?;
    image.apply_orientation(orientation);
    let image = image.into_rgba8();
    Ok(Logo { png_128: square_png(&image, 128)?, png_256: square_png(&image, 256)? })
}

/// Fits an image into a square of `side` pixels, centred, on transparent ground.
fn square_png(image: &RgbaImage, side: u32) -> Result<Vec<u8>, Reason> {
    let (width, height) = fit(image.dimensions(), side);
    let fitted = imageops::resize(image, width, height, FilterType::Triangle);
    let mut square = RgbaImage::new(side, side);
    imageops::replace(&mut square, &fitted, i64::from((side - width) / 2), i64::from((side - height) / 2));
    let mut png = Cursor::new(Vec::new());
    square.write_to(&mut png, ImageFormat::Png).map_err(|_| BROKEN)?;
    Ok(png.into_inner())
}

/// The longer side becomes `side`, the other keeps the proportion, at least one pixel.
fn fit((width, height): (u32, u32), side: u32) -> (u32, u32) {
    let longer = width.max(height).max(1);
    let scale = |length: u32| {
        let scaled = (u64::from(length) * u64::from(side) + u64::from(longer) / 2) / u64::from(longer);
        u32::try_from(scaled).unwrap_or(side).clamp(1, side)
    };
    (scale(width), scale(height))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage, Rgba};

    fn encode(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn red(width: u32, height: u32) -> DynamicImage {
        RgbImage::from_pixel(width, height, Rgb([255, 0, 0])).into()
    }

    #[test]
    fn logos_are_squares_of_both_sizes() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg] {
            let logo = read(&encode(&red(600, 300), format)).unwrap();
            for (png, side) in [(&logo.png_128, 128), (&logo.png_256, 256)] {
                let made = image::load_from_memory_with_format(png, ImageFormat::Png).unwrap().into_rgba8();
                assert_eq!(made.dimensions(), (side, side));
                assert_eq!(made.get_pixel(side / 2, 0), &Rgba([0, 0, 0, 0]));
                let Rgba([red, green, _, alpha]) = *made.get_pixel(side / 2, side / 2);
                assert!(red > 250 && green < 5 && alpha == 255);
            }
        }
    }

    #[test]
    fn proportions_are_kept() {
        assert_eq!(fit((600, 300), 128), (128, 64));
        assert_eq!(fit((1, 4096), 128), (1, 128));
        assert_eq!(fit((16, 16), 256), (256, 256));
        assert_eq!(fit((3, 2), 128), (128, 85));
    }

    #[test]
    fn what_is_no_logo_is_refused() {
        let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>";
        let gif = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x00\x00\x00\x00\x00,";
        for upload in [&b""[..], b"hello", svg, gif] {
            assert_eq!(read(upload).unwrap_err(), NOT_AN_IMAGE);
        }
        let whole = encode(&red(50, 50), ImageFormat::Png);
        assert_eq!(read(&whole[..whole.len() / 2]).unwrap_err(), BROKEN);
        assert_eq!(read(&encode(&red(4097, 1), ImageFormat::Png)).unwrap_err(), TOO_BIG);
        assert!(read(&encode(&red(4096, 2), ImageFormat::Png)).is_ok());
    }

    #[test]
    fn a_head_that_promises_too_much_is_refused_before_decoding() {
        let mut png = encode(&red(1, 1), ImageFormat::Png);
        png[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
        let crc = crc(&png[12..29]);
        png[29..33].copy_from_slice(&crc.to_be_bytes());
        assert!(read(&png).is_err());
    }

    /// CRC-32 of a PNG chunk, bit by bit.
    fn crc(bytes: &[u8]) -> u32 {
        let step = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
    }
}
