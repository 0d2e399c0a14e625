// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

namespace countersign {

std::string_view error_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kMalformed:
      return "malformed";
    case ErrorCode::kTooLarge:
      return "too_large";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kUnauthenticated:
      return "unauthenticated";
    case ErrorCode::kForbidden:
      return "forbidden";
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kConflict:
      return "conflict";
    case ErrorCode::kGone:
      return "gone";
    case ErrorCode::kExpired:
      return "expired";
    case ErrorCode::kNotYetValid:
      return "not_yet_valid";
    case ErrorCode::kClockSkew:
      return "clock_skew";
    case ErrorCode::kCertificateUnknown:
      return "certificate_unknown";
    case ErrorCode::kCertificateOnHold:
      return "certificate_on_hold";
    case ErrorCode::kCertificateRevoked:
      return "certificate_revoked";
    case ErrorCode::kSignatureInvalid:
      return "signature_invalid";
    case ErrorCode::kWrongRole:
      return "wrong_role";
    case ErrorCode::kWrongOrigin:
      return "wrong_origin";
    case ErrorCode::kNameNotPermitted:
      return "name_not_permitted";
    case ErrorCode::kAmountMismatch:
      return "amount_mismatch";
    case ErrorCode::kConsentMissing:
      return "consent_missing";
    case ErrorCode::kWrongPassword:
      return "wrong_password";
    case ErrorCode::kWrongPin:
      return "wrong_pin";
    case ErrorCode::kPinLocked:
      return "pin_locked";
    case ErrorCode::kCancelled:
      return "cancelled";
    case ErrorCode::kRateLimited:
      return "rate_limited";
    case ErrorCode::kHomeUnreachable:
      return "home_unreachable";
    case ErrorCode::kUnavailable:
      return "unavailable";
    case ErrorCode::kStorageFull:
      return "storage_full";
    case ErrorCode::kInternal:
      return "internal";
  }
  return "internal";
}

std::optional<ErrorCode> error_of_name(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(ErrorCode::kInternal); ++i) {
    const auto code = static_cast<ErrorCode>(i);
    if (error_name(code) == name) return code;
  }
  return std::nullopt;
}

bool is_temporary(ErrorCode code) {
  switch (code) {
    case ErrorCode::kNotYetValid:
    case ErrorCode::kClockSkew:
    case ErrorCode::kCertificateOnHold:
    case ErrorCode::kRateLimited:
    case ErrorCode::kHomeUnreachable:
    case ErrorCode::kUnavailable:
    case ErrorCode::kStorageFull:
    case ErrorCode::kInternal:
      return true;
    default:
      return false;
  }
}

}  // namespace countersign
