// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace countersign {

// ErrorCode names a failure that its receiver may act upon. The names (`error_name`) are stable and cross the
// wire as the `code` of RFC 9457 problem details; words for people are written by front ends only.
enum class ErrorCode {
  kMalformed,           // input is not well formed, or not in the one accepted form
  kTooLarge,            // input exceeds a stated limit
  kUnsupported,         // well formed, but of a type, version or algorithm that is not accepted
  kUnauthenticated,     // no valid proof of who asks
  kForbidden,           // who asks is known and not allowed to
  kNotFound,            // no such thing, or not visible to who asks
  kConflict,            // contradicts something already recorded
  kGone,                // was here once and cannot be had again (one-time fetches)
  kExpired,             // its time is over
  kNotYetValid,         // its time has not begun
  kClockSkew,           // clocks are further apart than tolerated
  kCertificateUnknown,  // never issued here, or no path to the network root
  kCertificateOnHold,   // suspended, or not yet activated
  kCertificateRevoked,  // revoked for good
  kSignatureInvalid,    // the signature does not verify over these bytes
  kWrongRole,           // a certificate used outside of its role
  kWrongOrigin,         // page origin and certificate do not agree
  kNameNotPermitted,    // a name outside of what its issuer may name
  kAmountMismatch,      // sums overflow or do not add up
  kConsentMissing,      // an application without the subscriber's consent
  kWrongPassword,       // the key file does not open with it
  kWrongPin,            // the card refused the PIN; tries are left
  kPinLocked,           // the card accepts no further PIN
  kCancelled,           // the person said no
  kRateLimited,         // too many of these in too short a time
  kHomeUnreachable,     // the only authority that may answer cannot be reached
  kUnavailable,         // a peer, disk or card did not answer; try again
  kStorageFull,         // no room to store; nothing was stored
  kInternal,            // a fault of ours
};

// error_name returns the stable wire name of a code, e.g. "certificate_revoked".
std::string_view error_name(ErrorCode code);
// error_of_name is its inverse; nullopt for a name that this version does not know.
std::optional<ErrorCode> error_of_name(std::string_view name);

// is_temporary says whether the very same request can succeed later without any change to it.
bool is_temporary(ErrorCode code);

// Error is what a fallible operation returns instead of its value. `detail` is for the operator's log and for
// developers: it names the offending field or object and never carries a secret or personal data.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string detail;
};

}  // namespace countersign
