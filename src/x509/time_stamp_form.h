// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "x509/der.h"

// What requests and tokens of RFC 3161 have in common.
namespace countersign::x509::time_stamp_form {

inline constexpr std::int64_t kVersion1 = 1;      // of TimeStampReq and of TSTInfo
inline constexpr std::size_t kLongestNonce = 32;  // octets of its magnitude

// MessageImprint (RFC 3161 §2.4.1) as it stands in a message.
struct Imprint {
  BytesView whole;
  bool is_sha256 = false;  // the algorithm, its parameters absent or NULL
  BytesView digest;
};
Result<Imprint> read_imprint(der::Reader& reader);

// The magnitude without leading zero octets, as it stands in the INTEGER.
BytesView trimmed(BytesView magnitude);

}  // namespace countersign::x509::time_stamp_form
