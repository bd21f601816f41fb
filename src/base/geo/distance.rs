//! How far it is between coordinates, and how long a round trip takes. Computed with `libm`, whose results are the same bits on
//! every machine, and rounded to whole kilometres and tenths of a millisecond before anything compares.

/// A point, in millionths of a degree, so that it is exact and ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Coordinates {
    /// North of the equator, −90 000 000 to 90 000 000.
    pub latitude: i64,
    /// East of Greenwich, −180 000 000 to 180 000 000.
    pub longitude: i64,
}

/// The mean radius of the earth in kilometres (IUGG).
const RADIUS: f64 = 6371.0088;

impl Coordinates {
    /// A point, if it is one.
    pub fn new(latitude: i64, longitude: i64) -> Option<Self> {
        let valid = latitude.abs() <= 90_000_000 && longitude.abs() <= 180_000_000;
        valid.then_some(Self { latitude, longitude })
    }
}

/// The great-circle distance in whole kilometres (haversine formula).
pub fn kilometres(a: Coordinates, b: Coordinates) -> u64 {
    let radians = |millionths: i64| (millionths as f64) / 1e6 * std::f64::consts::PI / 180.0;
    let (lat_a, lat_b) = (radians(a.latitude), radians(b.latitude));
    let half_lat = libm::sin((lat_b - lat_a) / 2.0);
    let half_lon = libm::sin(radians(b.longitude - a.longitude) / 2.0);
    let h = half_lat * half_lat + libm::cos(lat_a) * libm::cos(lat_b) * half_lon * half_lon;
    libm::round(2.0 * RADIUS * libm::asin(libm::sqrt(h.min(1.0)))) as u64
}

/// An estimate of the round trip over so many kilometres, in tenths of a millisecond: 1.6 · km / 102 + 1 ms. Light in fibre needs
/// km / 102; paths of the Internet are 1.3 to 2.1 times as long (Bozkurt et al., PAM 2018).
pub fn round_trip(kilometres: u64) -> u64 {
    // 16·km/102 tenths, rounded half up, without leaving whole numbers.
    (kilometres * 16 + 51) / 102 + 10
}
