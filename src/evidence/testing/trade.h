// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "documents/confirmation.h"
#include "documents/order.h"
#include "documents/split_payment.h"
#include "sample/take.h"
#include "x509/cms.h"
#include "x509/ocsp.h"

namespace countersign::evidence {

// Trade is one data centre with one merchant, one purchaser and one card company, and all that they and the
// authority sign on the way to a confirmation. The purchaser may be of another data centre of the same
// network. Everything is real but the clock: tests change one thing and
// see it found.
class Trade {
 public:
  static constexpr std::string_view kDataCentre = "OU=seoul-1,OU=kr,O=Countersign Demo";
  static constexpr std::string_view kElsewhere = "OU=tokyo-1,OU=jp,O=Countersign Demo";

  explicit Trade(std::string_view purchasers = kDataCentre);

  // By the data centre whose subtree the subject lies in.
  x509::Signer issue(x509::Role role, std::string_view subject,
                     const x509::AlternativeNames& names = {}) const;

  documents::Order order() const;
  documents::Order split_order() const;  // of profile set
  // What the card company says of it: approved, on the payment whose digest is `payment`.
  documents::ReviewResult review_of(const documents::Order& order) const;
  documents::Review named(const documents::ReviewResult& result) const;
  Bytes order_bytes(const documents::Order& order) const { return take(documents::write_order(order)); }
  Bytes sign(const x509::Signer& signer, BytesView content,
             x509::ContentType type = x509::ContentType::kData) const;
  // Signed by the purchaser, in profile set together with `payment`.
  Bytes signed_order(const documents::Order& order) const;
  // The signed order of `order`, countersigned.
  Bytes countersigned(const documents::Order& order) const;
  Bytes status_of(const x509::Certificate& certificate, x509::StatusKind kind = x509::StatusKind::kGood,
                  Seconds age = Seconds(0)) const;
  documents::Confirmation confirmation(BytesView countersigned_order, const documents::Order& order) const;
  // The signed confirmation of a whole trade, with what a test changes in it. Of profile set: it names
  // review_of the order.
  Bytes confirm(const std::function<void(documents::Order&)>& change_order = {},
                const std::function<void(documents::Confirmation&)>& change = {}) const;
  Bytes refuse(BytesView request, const std::string& order_id, bool is_final = true) const;

  TimePoint now = from_unix_seconds(1'795'000'000);  // 2026-11-18
  x509::Name data_centre, purchasers;                // where the merchant and the purchaser belong
  x509::Issuer root, ca, purchasers_ca;
  std::shared_ptr<const x509::TrustAnchor> anchor;  // of both
  x509::Signer merchant, purchaser, agreement, responder, purchasers_responder, confirmer, company,
      company_agreement;
  Sha256Digest payment;  // of a payment instruction
};

}  // namespace countersign::evidence
