// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <optional>
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
// fetched again when half of their statuses' time is over, and before use where none are good. Thread-safe.
class CardCompanies {
 public:
  // No two of one subject.
  CardCompanies(GatewayContext context, const std::vector<CardCompany>& companies);

  bool is_empty() const { return entries_.empty(); }
  // Fetches what is due; what fails is logged and tried again three seconds later at the earliest.
  void refresh();
  // The companies whose certificates are good now.
  std::vector<x509::Name> at_hand();
  // The certificates of one, good now. kUnsupported for a company that the merchant does not work with,
  // kUnavailable while there are none.
  Result<CheckedCompany> certificates_of(const x509::Name& subject);
  // kUnsupported as above.
  Result<CardCompanyAccess*> access_to(const x509::Name& subject) const;

 private:
  struct Entry {
    explicit Entry(CardCompany known) : company(std::move(known)) {}
    CardCompany company;
    std::unique_ptr<std::mutex> fetching = std::make_unique<std::mutex>();  // held while it is asked
    std::optional<CheckedCompany> checked;
    TimePoint refresh_at{};  // not before
  };
  Result<std::size_t> find(const x509::Name& subject) const;
  std::optional<CheckedCompany> good_one(std::size_t index) const;
  void refresh_if_due(std::size_t index);

  const GatewayContext context_;
  mutable std::mutex mutex_;  // guards `checked` and `refresh_at` of the entries
  std::vector<Entry> entries_;
};

}  // namespace countersign::merchant
