// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "x509/certificate.h"
#include "x509/der.h"
#include "x509/key_identifier.h"

// The constant elements of the one form of AuthEnvelopedData, as they stand in the encoding; writer and
// reader share them.
namespace countersign::x509::envelope_form {

// What stands around the content, names included.
inline constexpr std::size_t kMaxOverhead = 8 << 10;
inline constexpr std::size_t kMaxKeyIdentifier = 64;
inline constexpr std::size_t kNonceSize = 12;
inline constexpr std::size_t kTagSize = 16;

// id-ct-authEnvelopedData (RFC 5083 §2.1), id-data.
inline constexpr std::array<std::uint8_t, 13> kAuthEnvelopedDataOid{0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                                                    0x0d, 0x01, 0x09, 0x10, 0x01, 0x17};
inline constexpr std::array<std::uint8_t, 11> kDataOid{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                                       0xf7, 0x0d, 0x01, 0x07, 0x01};
// id-aes256-GCM (RFC 5084 §3.2), whose parameters carry the nonce.
inline constexpr std::array<std::uint8_t, 11> kAes256GcmOid{0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                                            0x65, 0x03, 0x04, 0x01, 0x2e};
// AlgorithmIdentifier of AES-256 key wrap (RFC 3565 §2.3.2), without parameters.
inline constexpr std::array<std::uint8_t, 13> kAes256Wrap{0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48,
                                                          0x01, 0x65, 0x03, 0x04, 0x01, 0x2d};
// dhSinglePass-stdDH-sha256kdf-scheme with AES-256 key wrap as its parameter (RFC 5753 §7.1.4).
inline constexpr std::array<std::uint8_t, 23> kAgreement{0x30, 0x15, 0x06, 0x06, 0x2b, 0x81, 0x04, 0x01,
                                                         0x0b, 0x01, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86,
                                                         0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2d};
// AlgorithmIdentifier of the ephemeral key: ecPublicKey; the curve is the recipient's (RFC 5753 §3.1.1).
inline constexpr std::array<std::uint8_t, 11> kEcPublicKey{0x30, 0x09, 0x06, 0x07, 0x2a, 0x86,
                                                           0x48, 0xce, 0x3d, 0x02, 0x01};
// ECC-CMS-SharedInfo (RFC 5753 §7.2): AES-256 key wrap, no ukm, 256 bits.
inline constexpr std::array<std::uint8_t, 23> kSharedInfo{0x30, 0x15, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86,
                                                          0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2d, 0xa2,
                                                          0x06, 0x04, 0x04, 0x00, 0x00, 0x01, 0x00};
// CMSVersion of AuthEnvelopedData, KeyAgreeRecipientInfo (RFC 5652 §6.2.2) and KEKRecipientInfo (§6.2.3).
inline constexpr std::array<std::uint8_t, 3> kVersion0{0x02, 0x01, 0x00};
inline constexpr std::array<std::uint8_t, 3> kVersion3{0x02, 0x01, 0x03};
inline constexpr std::array<std::uint8_t, 3> kVersion4{0x02, 0x01, 0x04};
// aes-ICVlen: a tag of 16 octets (RFC 5084 §3.2).
inline constexpr std::array<std::uint8_t, 3> kTagLength{0x02, 0x01, 0x10};

inline constexpr der::Tag kKeyAgreeRecipient = der::context_constructed(1);
inline constexpr der::Tag kKekRecipient = der::context_constructed(2);

// IssuerAndSerialNumber of a certificate (RFC 5652 §10.2.4).
inline Bytes issuer_and_serial(const Certificate& certificate) {
  return der::sequence({certificate.issuer().der(), der::unsigned_integer(certificate.serial().bytes())});
}

// RecipientKeyIdentifier of a key (RFC 5652 §6.2.2), as the choice [0] of a recipient; without date.
inline constexpr der::Tag kRecipientKeyIdentifier = der::context_constructed(0);
inline Bytes recipient_key_identifier(const crypto::PublicKey& key) {
  return der::wrap(kRecipientKeyIdentifier, der::wrap(der::Tag::kOctetString, key_identifier(key)));
}

// derive_wrapping_key is the KDF of X9.63 with SHA-256 over kSharedInfo; one block suffices.
crypto::SecretBytes derive_wrapping_key(const crypto::SecretBytes& shared);

}  // namespace countersign::x509::envelope_form
