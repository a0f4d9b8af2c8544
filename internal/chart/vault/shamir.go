package vault

import (
	"crypto/rand"
	"crypto/subtle"
)

// Sharing after Shamir (1979) over GF(256) with the polynomial of AES,
// x⁸+x⁴+x³+x+1, byte by byte. There are no tables and no branches on secret
// bytes: what takes how long does not depend on the key.

// mul multiplies in GF(256).
func mul(a, b byte) byte {
	var p byte
	for range 8 {
		p ^= -(b & 1) & a
		a = a<<1 ^ -(a>>7)&0x1b
		b >>= 1
	}
	return p
}

// inverse gives a²⁵⁴, which is 1/a for every a but 0.
func inverse(a byte) byte {
	p, square := byte(1), a
	for range 7 { // 254 = 2+4+8+16+32+64+128
		square = mul(square, square)
		p = mul(p, square)
	}
	return p
}

// split makes n shares of which any k give the secret again; share i stands
// for the place i+1. Fewer than k say nothing about it.
func split(secret [keySize]byte, k, n int) ([][keySize]byte, error) {
	shares := make([][keySize]byte, n)
	coefficients := make([]byte, k-1)
	for at, b := range secret {
		if _, err := rand.Read(coefficients); err != nil {
			return nil, err
		}
		for i := range shares {
			x, sum := byte(i+1), byte(0)
			for j := len(coefficients) - 1; j >= 0; j-- {
				sum = mul(sum^coefficients[j], x)
			}
			shares[i][at] = sum ^ b
		}
	}
	clear(coefficients)
	return shares, nil
}

// join gives the value at 0 of the polynomial through the shares, whose
// places must differ from each other and from 0.
func join(places []byte, shares [][keySize]byte) (secret [keySize]byte) {
	for i, x := range places {
		weight := byte(1)
		for j, other := range places {
			if i != j {
				weight = mul(weight, mul(other, inverse(other^x)))
			}
		}
		var part [keySize]byte
		for at, b := range shares[i] {
			part[at] = mul(b, weight)
		}
		subtle.XORBytes(secret[:], secret[:], part[:])
	}
	return secret
}
