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
// A person asks for himself (kForbidden for another's name), software for whom the body names. kForbidden
// without the right, kMalformed, and what links are refused for.
Result<PurchaseRequest> read_purchase_request(BytesView json, std::string_view request_key,
                                              const Credential& by);
// Who a bearer is to the purchase orders that he asked for.
Requester requester_of(const Credential& credential);

// PurchaseApi serves purchase orders to the enterprise's own software and people (docs/shop-api.md), who bear
// credentials. Outlives the server.
class PurchaseApi {
 public:
  enum class Buying { kOff, kOn };
  PurchaseApi(storage::Database& database, PurchaseBook& book, Buying buying)
      : database_(database), book_(book), buying_(buying) {}
  void add_to(http::Router& router);

 private:
  using Answer = Result<http::Response>;
  Answer ask(const http::Request& request, const Credential& by);
  Answer list(const http::Request& request, const Credential& by);
  Answer show(const http::Request& request, const Credential& by);
  Answer withdraw(const http::Request& request, const Credential& by);
  Answer approve(const http::Request& request, const Credential& by);
  Answer reject(const http::Request& request, const Credential& by);
  Answer confirmation(const http::Request& request, const Credential& by);

  storage::Database& database_;
  PurchaseBook& book_;
  const Buying buying_;
};

}  // namespace countersign::enterprise
