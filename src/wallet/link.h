// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"

namespace countersign::wallet {

// EnrolmentLink is what a merchant shows after registration: `countersign:enrol?authority=<https
// url>&id=<id>& token=<token>&root=<sha256 hex of the root's DER>`.
struct EnrolmentLink {
  std::string authority;  // base URL without path
  std::string id;
  std::string token;
  Sha256Digest root;
};

// PaymentLink is what a checkout shows: `countersign:pay?gateway=<https url>&checkout=<id>&token=<token>`.
struct PaymentLink {
  std::string gateway;  // base URL without path
  std::string checkout;
  std::string token;
};

// Each parameter once, percent-encoded, in any order, none besides; URLs https without path, query or user;
// ids and tokens of letters, digits, '-' and '_'. kMalformed with the parameter's name; kUnsupported for
// another kind of link, and for one of several checkouts: those begin on a PC.
Result<EnrolmentLink> parse_enrolment_link(std::string_view text);
Result<PaymentLink> parse_payment_link(std::string_view text);

}  // namespace countersign::wallet
