//! Nothing: the tests are all there is.
#![no_std]
