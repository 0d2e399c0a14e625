// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace countersign::x509 {
enum class ContentType;
}

// The constant elements of the one form of SignedData, as they stand in the encoding; writer and reader share
// them.
namespace countersign::x509::cms_form {

inline constexpr std::size_t kMaxCertificates = 4;

// id-signedData, id-data (RFC 5652 §4, §5.1).
inline constexpr std::array<std::uint8_t, 11> kSignedDataOid{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                                             0xf7, 0x0d, 0x01, 0x07, 0x02};
inline constexpr std::array<std::uint8_t, 11> kDataOid{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                                       0xf7, 0x0d, 0x01, 0x07, 0x01};
// id-ct-TSTInfo (RFC 3161 §2.4.2).
inline constexpr std::array<std::uint8_t, 13> kTimeStampInfoOid{0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                                                0x0d, 0x01, 0x09, 0x10, 0x01, 0x04};
BytesView content_type_oid(ContentType type);
// All that stands before a content of `content` octets that `after` octets follow inside of the SignedData.
Bytes prefix_for(ContentType type, std::size_t content, std::size_t after);
// AlgorithmIdentifier of SHA-256 (RFC 5754 §2.2) and ECDSA with SHA-256 (RFC 5754 §3.3), both without
// parameters.
inline constexpr std::array<std::uint8_t, 13> kSha256{0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48,
                                                      0x01, 0x65, 0x03, 0x04, 0x02, 0x01};
// SHA-256 as others write it, with NULL: in requests for time-stamps alone.
inline constexpr std::array<std::uint8_t, 15> kSha256WithNull{0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                                              0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00};
inline constexpr std::array<std::uint8_t, 12> kEcdsaWithSha256{0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86,
                                                               0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
// Types of the signed attributes (RFC 5652 §11, RFC 5035 §5), in the order in which DER sorts the attributes.
inline constexpr std::array<std::uint8_t, 11> kContentTypeOid{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                                              0xf7, 0x0d, 0x01, 0x09, 0x03};
inline constexpr std::array<std::uint8_t, 11> kSigningTimeOid{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                                              0xf7, 0x0d, 0x01, 0x09, 0x05};
inline constexpr std::array<std::uint8_t, 11> kMessageDigestOid{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                                                0xf7, 0x0d, 0x01, 0x09, 0x04};
inline constexpr std::array<std::uint8_t, 13> kSigningCertificateOid{0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                                                     0x0d, 0x01, 0x09, 0x10, 0x02, 0x2f};
// The type of the attribute that the network adds (cms.h), whole; it sorts between message-digest and
// signing-certificate-v2.
const Bytes& payment_digest_oid();
// CMSVersion of SignedData around id-data and around another type (RFC 5652 §5.1), and of the SignerInfo.
inline constexpr std::array<std::uint8_t, 3> kVersion1{0x02, 0x01, 0x01};
inline constexpr std::array<std::uint8_t, 3> kVersion3{0x02, 0x01, 0x03};

}  // namespace countersign::x509::cms_form
