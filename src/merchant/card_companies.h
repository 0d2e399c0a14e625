// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "documents/party.h"
#include "merchant/card_company_access.h"
#include "merchant/context.h"

namespace countersign::merchant {

// A card company that the merchant works with: the subject of both its certificates, and the way to it.
struct CardCompany {
  x509::Name subject;
  CardCompanyAccess& access;  // outlives the gateway's parts
};

// A card company's certificates whose every check passed.
struct CheckedCompany {
  documents::CompanyCertificates certificates;
  documents::PartyReference reference;  // its subject, with the digest of the key-agreement certificate
  TimePoint good_until;                 // when the first of both statuses ends
};

// check_company verifies what a company sent (F7 S31): path and role of both certificates, both in its name,
// and both statuses good and fresh. What verify_path, verify_ocsp_response and require_good say; kForbidden
// for another's certificate; kExpired for a status whose time is over.
Result<CheckedCompany> check_company(const documents::CompanyCertificates& certificates,
                                     const x509::Name& subject, const x509::TrustAnchor& anchor,
                                     TimePoint now);

// CardCompanies has the certificates of all card companies at hand, which wallets seal payments to. They are
// fetched again when half of their statuses' time is over; after a failure at the earliest three seconds
// later, and twice as long after each further one, up to a minute. Thread-safe.
class CardCompanies {
 public:
  // No two of one subject.
  CardCompanies(GatewayContext context, const std::vector<CardCompany>& companies);

  bool is_empty() const { return entries_.empty(); }
  // Fetches what is due, one after another; what fails is logged. For work in the background: it takes as
  // long as the companies do.
  void refresh();
  // The companies whose certificates are good now. Where none is, one that is due is asked before; where that
  // is being done already, half a second is waited for it and no longer.
  std::vector<x509::Name> at_hand();
  // The certificates of one, good now; where they are not, it is asked as above. kUnsupported for a company
  // that the merchant does not work with, kUnavailable while there are none.
  Result<CheckedCompany> certificates_of(const x509::Name& subject);
  // kUnsupported as above.
  Result<CardCompanyAccess*> access_to(const x509::Name& subject) const;

 private:
  struct Entry {
    explicit Entry(CardCompany known) : company(std::move(known)) {}
    CardCompany company;
    std::unique_ptr<std::timed_mutex> fetching =
        std::make_unique<std::timed_mutex>();  // held while it is asked
    std::optional<CheckedCompany> checked;
    TimePoint refresh_at{};  // not before
    int failures = 0;        // in a row
  };
  Result<std::size_t> find(const x509::Name& subject) const;
  std::optional<CheckedCompany> good_one(std::size_t index) const;
  std::vector<x509::Name> good_ones() const;
  bool is_due(std::size_t index) const;
  void refresh_if_due(std::size_t index);
  bool fetch_unless_busy(std::size_t index, std::chrono::milliseconds wait);
  void fetch(std::size_t index);

  const GatewayContext context_;
  mutable std::mutex mutex_;  // guards `checked`, `refresh_at` and `failures` of the entries
  std::vector<Entry> entries_;
};

// companies_missing_in names those that `known` does not have and that something of an order is not settled
// with: a payment, its capture or a refund. Looks at a thousand orders at most.
Result<std::vector<std::string>> companies_missing_in(storage::Database& database,
                                                      const CardCompanies& known);

}  // namespace countersign::merchant
