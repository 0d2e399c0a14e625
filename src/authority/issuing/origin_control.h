// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "crypto/keys.h"
#include "http/client.h"

namespace countersign::authority {

// OriginFetch gets one small text from an https origin, without judging the certificate that answers there:
// the merchant has none yet. Errors: kUnavailable, kTooLarge, kForbidden (address outside of the policy).
class OriginFetch {
 public:
  virtual ~OriginFetch() = default;
  virtual Result<std::string> fetch(std::string_view origin, std::string_view path) = 0;
};

// By HTTP/1.1 over TLS 1.3, no redirect followed, addresses limited by `policy`.
std::unique_ptr<OriginFetch> make_origin_fetch(http::AddressPolicy policy);

// key_authorization binds a challenge to the key that applies (as RFC 8555 §8.1):
// `<token>.<base64url(SHA-256(SPKI))>`.
std::string key_authorization(std::string_view token, const crypto::PublicKey& key);

// check_origin_control fetches `/.well-known/countersign/<token>` from each origin, at `port` instead of the
// origin's own unless it is 0, and expects the key authorization there (one line break at the end is
// allowed). kWrongOrigin with the origin that did not show it.
Result<void> check_origin_control(OriginFetch& fetch, const std::vector<std::string>& origins,
                                  unsigned short port, std::string_view token, const crypto::PublicKey& key);

}  // namespace countersign::authority
