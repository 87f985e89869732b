//! Nothing: what every program has.
#![no_std]
#![no_main]

use berkeley_size::program;

program!({});
