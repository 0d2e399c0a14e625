// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "enterprise/purchase_book.h"
#include "http/router.h"

namespace countersign::enterprise {

// describe_purchase is a purchase order as the API and the command line show it, without the seller's token.
boost::json::object describe_purchase(const PurchaseOrder& order);
// The same with the seller's order, approvals, events and evidence.
Result<boost::json::object> describe_purchase(const PurchaseView& view);

// read_purchase_request reads what is asked for: {link, merchant, total, currency, reference?, requestedBy?}.
// `credential` is whose it is; the person of a personal credential, else the one that the body names.
// kMalformed, and what links are refused for.
Result<PurchaseRequest> read_purchase_request(BytesView json, std::string_view request_key,
                                              Requester requester);

// PurchaseApi serves purchase orders to the enterprise's own software and people (docs/shop-api.md), who bear
// an API key or a personal credential. Outlives the server.
class PurchaseApi {
 public:
  enum class Buying { kOff, kOn };
  PurchaseApi(storage::Database& database, PurchaseBook& book, Buying buying)
      : database_(database), book_(book), buying_(buying) {}
  void add_to(http::Router& router);

 private:
  // Who asks: with a credential, a person; without, the bearer of an API key.
  struct Caller {
    Requester requester;
    std::optional<Credential> credential;
  };
  using Answer = Result<http::Response>;
  Result<Caller> authenticate(const http::Request& request) const;
  Answer ask(const http::Request& request, const Caller& caller);
  Answer list(const http::Request& request, const Caller& caller);
  Answer show(const http::Request& request, const Caller& caller);
  Answer withdraw(const http::Request& request, const Caller& caller);
  Answer approve(const http::Request& request, const Caller& caller);
  Answer reject(const http::Request& request, const Caller& caller);
  Answer confirmation(const http::Request& request, const Caller& caller);

  storage::Database& database_;
  PurchaseBook& book_;
  const Buying buying_;
};

}  // namespace countersign::enterprise
