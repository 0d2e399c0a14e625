// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "authority/issuing/context.h"

namespace countersign::authority {

// What is to be issued, by whom it was decided, and how it enters the directory.
struct IssueOrder {
  x509::Role role;
  x509::Name subject;
  crypto::PublicKey key;
  x509::AlternativeNames alternative_names;
  std::optional<x509::KeyOrigin> key_origin;
  std::string registered_by;
  NewEntry entry;
  std::string actor;  // of the audit record
};

// The distribution point that certificates of this CA key name; empty where no status listener is known.
std::string crl_url_of(const AuthorityContext& context, const x509::Certificate& ca);

// make_certificate signs a certificate without releasing it; record_certificate adds it to the directory and
// to the audit log. Between the two lies what must not be done while other writers wait.
Result<x509::Certificate> make_certificate(const AuthorityContext& context, const IssueOrder& order);
Result<void> record_certificate(const AuthorityContext& context, storage::Transaction& transaction,
                                const x509::Certificate& certificate, const NewEntry& entry,
                                std::string_view actor);

// issue_into_directory issues a certificate, adds it to the directory and records it in the audit log, all
// within the caller's transaction: no certificate exists that the directory does not know.
Result<x509::Certificate> issue_into_directory(const AuthorityContext& context,
                                               storage::Transaction& transaction, const IssueOrder& order);

}  // namespace countersign::authority
