//! A simulated control plane behind the same ports.
