// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/party_certificate.h"

#include <algorithm>

#include "authority/issuing/issue_certificate.h"
#include "x509/pkcs10.h"

namespace countersign::authority {
namespace {

Result<x509::AlternativeNames> names_for(const x509::Profile& profile, x509::AlternativeNames asked) {
  if (!profile.may_name_hosts) return x509::AlternativeNames{};
  if (!asked.origins.empty()) {
    return fail(ErrorCode::kNameNotPermitted, "request: origins are for merchants, whose control is checked");
  }
  return asked;
}

Result<void> require_free(const AuthorityContext& context, storage::Transaction& transaction,
                          const x509::Name& subject) {
  TRY(const auto entries, context.directory.find_by_subject(transaction, subject));
  for (const auto& entry : entries) {
    if (entry.state != CertificateState::kRevoked && entry.certificate.not_after() > context.clock.now()) {
      return fail(ErrorCode::kConflict,
                  subject.text() + " holds certificate " + entry.certificate.serial().hex());
    }
  }
  return ok();
}

Result<IssueOrder> order_for(const AuthorityContext& context, std::string_view name,
                             const PartyRequest& asked, std::string_view actor) {
  const x509::Profile& profile = x509::profile_of(asked.role);
  TRY(auto request, x509::verify_pkcs10(asked.pkcs10));
  TRY(auto names, names_for(profile, std::move(request.alternative_names)));
  TRY(const auto group, context.keys.data_centre.child("OU", profile.subtree));
  TRY(auto subject, group.child("CN", name));
  return IssueOrder{.role = asked.role,
                    .subject = std::move(subject),
                    .key = std::move(request.key),
                    .alternative_names = std::move(names),
                    .key_origin = {},
                    .registered_by = {},
                    .entry = {CertificateState::kActive, "", ""},
                    .actor = std::string(actor)};
}

}  // namespace

Result<std::vector<x509::Certificate>> certify_party(const AuthorityContext& context, std::string_view name,
                                                     const std::vector<PartyRequest>& requests,
                                                     std::string_view actor) {
  std::vector<IssueOrder> orders;
  for (const PartyRequest& request : requests) {
    TRY(IssueOrder order, order_for(context, name, request, actor));
    if (std::ranges::find(orders, order.key, &IssueOrder::key) != orders.end())
      return fail(ErrorCode::kConflict, "request: the same key in two of them");
    orders.push_back(std::move(order));
  }
  std::vector<x509::Certificate> issued;
  TRY(context.database.write([&](storage::Transaction& transaction) -> Result<void> {
    issued.clear();
    for (const IssueOrder& order : orders) {
      TRY(require_free(context, transaction, order.subject));
    }
    for (const IssueOrder& order : orders) {
      TRY(x509::Certificate certificate, issue_into_directory(context, transaction, order));
      issued.push_back(std::move(certificate));
    }
    return ok();
  }));
  return issued;
}

}  // namespace countersign::authority
