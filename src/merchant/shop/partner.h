// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>

#include "merchant/checkout.h"
#include "merchant/peer_client.h"

namespace countersign::merchant {

// A checkout at a partner's gateway, as its API for shops tells of it.
struct PartnerCheckout {
  std::string id;
  std::string link;  // when it was opened: countersign:pay
  CheckoutState state = CheckoutState::kOpen;
  Amount total;
  TimePoint expires{};
  Bytes confirmation;  // CMS, not verified; empty until there is one
};

// PartnerAccess is what a shop asks of another merchant's gateway, whose articles it offers. Blocks, `view`
// for three seconds at most: pages wait for it. Errors: kUnavailable, and those that the gateway states.
class PartnerAccess {
 public:
  virtual ~PartnerAccess() = default;
  virtual Result<PartnerCheckout> open(const CheckoutRequest& request) = 0;
  virtual Result<PartnerCheckout> view(const std::string& id) = 0;
  virtual Result<void> cancel(const std::string& id) = 0;
};

struct Partner {
  std::string gateway;  // https origin
  std::unique_ptr<PartnerAccess> access;
};
using Partners = std::map<std::string, Partner, std::less<>>;  // by the seller's id in the catalogue

// make_partner_access speaks to the gateway over TLS 1.3 with an API key that the partner made for this shop.
// `peer` says under which root and at which time the gateway is judged; besides, it must be a merchant's,
// with a stapled good status.
Result<std::unique_ptr<PartnerAccess>> make_partner_access(std::string_view gateway,
                                                           crypto::SecretBytes api_key, PeerRule peer,
                                                           http::AddressPolicy addresses);

}  // namespace countersign::merchant
