//! Networks and addresses of IPv4 and IPv6, as whole numbers of 128 bits.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use situs_value::{Number, Value};

use super::{Arity, Function, Param, number, text};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "cidrhost",
        params: &[Param::Text, Param::Number],
        arity: Arity::Exact,
        doc: "The address of a network with that number; a negative number counts from the end.",
        example: ("cidrhost(\"10.12.112.0/20\", 16)", "\"10.12.112.16\""),
        run: |v, _| cidrhost(text(v, 0), &number(v, 1)),
    },
    Function {
        name: "cidrnetmask",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The mask of an IPv4 network.",
        example: ("cidrnetmask(\"172.16.0.0/12\")", "\"255.240.0.0\""),
        run: |v, _| match network(text(v, 0))? {
            IpNet::V4(net) => Ok(net.netmask().to_string().into()),
            IpNet::V6(net) => Err(format!("`{net}` is a network of IPv6, which has no masks")),
        },
    },
    Function {
        name: "cidrsubnet",
        params: &[Param::Text, Param::Number, Param::Number],
        arity: Arity::Exact,
        doc: "A network inside a network: so many bits longer, the one with that number.",
        example: ("cidrsubnet(\"172.16.0.0/12\", 4, 2)", "\"172.18.0.0/16\""),
        run: |v, _| cidrsubnet(text(v, 0), &number(v, 1), &number(v, 2)),
    },
    Function {
        name: "cidrsubnets",
        params: &[Param::Text, Param::Number],
        arity: Arity::Variadic,
        doc: "Networks inside a network, one after the other, each so many bits longer.",
        example: (
            "cidrsubnets(\"10.1.0.0/16\", 4, 4, 8)",
            "tolist([\"10.1.0.0/20\", \"10.1.16.0/20\", \"10.1.32.0/24\"])",
        ),
        run: |v, _| cidrsubnets(v),
    },
];

/// A network as a number: its first address, and how many bits of it are fixed, out of how many.
#[derive(Clone, Copy)]
struct Block {
    first: u128,
    fixed: u32,
    bits: u32,
}

impl Block {
    fn of(text: &str) -> Result<Self, String> {
        Ok(match network(text)? {
            IpNet::V4(net) => Self {
                first: u128::from(u32::from(net.network())),
                fixed: u32::from(net.prefix_len()),
                bits: 32,
            },
            IpNet::V6(net) => Self {
                first: u128::from(net.network()),
                fixed: u32::from(net.prefix_len()),
                bits: 128,
            },
        })
    }

    /// The largest number that so many bits can hold.
    fn most(bits: u32) -> u128 {
        u128::MAX.checked_shr(128 - bits.min(128)).unwrap_or(0)
    }

    /// As a network, or its first address alone.
    fn show(self, address_only: bool) -> Result<Value, String> {
        let length = u8::try_from(self.fixed).unwrap_or(u8::MAX);
        let net = if self.bits == 32 {
            let first = u32::try_from(self.first).unwrap_or(u32::MAX);
            Ipv4Net::new(first.into(), length).map(IpNet::V4)
        } else {
            Ipv6Net::new(self.first.into(), length).map(IpNet::V6)
        };
        let net = net.map_err(|e| e.to_string())?;
        Ok(if address_only {
            net.addr().to_string().into()
        } else {
            net.to_string().into()
        })
    }

    /// So many bits longer.
    fn longer(self, by: u32) -> Result<Self, String> {
        let fixed = self.fixed.saturating_add(by);
        if fixed > self.bits {
            let left = self.bits - self.fixed;
            return Err(format!(
                "{by} bits more do not fit: {left} are left behind `/{}`",
                self.fixed
            ));
        }
        Ok(Self { fixed, ..self })
    }
}

fn network(text: &str) -> Result<IpNet, String> {
    text.parse()
        .map_err(|_| format!("{text:?} is no network: write it like `10.0.0.0/8` or `fd00::/8`"))
}

/// The sign and the size of a whole number.
fn whole(number: &Number) -> Result<(bool, u128), String> {
    if !number.is_integer() {
        return Err(format!("{number} is no whole number"));
    }
    let size = number.abs().to_string().parse();
    let size = size.map_err(|_| format!("{number} is larger than any address"))?;
    Ok((number.is_negative(), size))
}

fn bits(number: &Number) -> Result<u32, String> {
    number
        .to_u64()
        .and_then(|n| u32::try_from(n).ok())
        .filter(|n| *n <= 128)
        .ok_or_else(|| format!("{number} is no count of bits"))
}

fn cidrhost(prefix: &str, host: &Number) -> Result<Value, String> {
    let block = Block::of(prefix)?;
    let most = Block::most(block.bits - block.fixed);
    let (from_end, count) = whole(host)?;
    let at = if from_end {
        count.checked_sub(1).and_then(|n| most.checked_sub(n))
    } else {
        Some(count).filter(|n| *n <= most)
    };
    let at = at.ok_or_else(|| format!("the network `{prefix}` has no address with the number {host}"))?;
    Block {
        first: block.first | at,
        ..block
    }
    .show(true)
}

fn cidrsubnet(prefix: &str, more: &Number, which: &Number) -> Result<Value, String> {
    let block = Block::of(prefix)?;
    let by = bits(more)?;
    let inner = block.longer(by)?;
    let (negative, which) = whole(which)?;
    if negative || which > Block::most(by) {
        let shown = if negative {
            "a negative number".to_owned()
        } else {
            which.to_string()
        };
        return Err(format!(
            "{by} bits number the networks in it from 0 to {}, and this is {shown}",
            Block::most(by)
        ));
    }
    let shift = inner.bits - inner.fixed;
    Block {
        first: inner.first | which.checked_shl(shift).unwrap_or(0),
        ..inner
    }
    .show(false)
}

fn cidrsubnets(values: &[Value]) -> Result<Value, String> {
    let block = Block::of(text(values, 0))?;
    let end = block.first | Block::most(block.bits - block.fixed);
    let mut next = Some(block.first);
    let mut made = Vec::new();
    for value in values.iter().skip(1) {
        let by = bits(value.as_number().unwrap_or(&Number::ZERO))?;
        if by == 0 {
            return Err("each network must be at least 1 bit longer".to_owned());
        }
        let inner = block.longer(by)?;
        let rest = Block::most(inner.bits - inner.fixed);
        // The first place not taken yet that a network of this size may start at.
        let first = next.and_then(|n| n.checked_add(rest)).map(|n| n & !rest);
        let first = first.filter(|first| *first <= end).ok_or_else(|| {
            format!(
                "`{}` has no room for network number {}",
                text(values, 0),
                made.len() + 1
            )
        })?;
        next = (first | rest).checked_add(1);
        made.push(Block { first, ..inner }.show(false)?);
    }
    Ok(Value::list(made))
}
