// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/issue_certificate.h"

#include "authority/issuing/data_centre.h"

namespace countersign::authority {

Result<x509::Certificate> issue_into_directory(const AuthorityContext& context,
                                               storage::Transaction& transaction, const IssueOrder& order) {
  const auto now = context.clock.now();
  const auto status = context.urls.status();
  TRY(auto certificate,
      x509::issue_certificate(context.keys.ca, {.role = order.role,
                                                .subject = order.subject,
                                                .key = order.key,
                                                .alternative_names = order.alternative_names,
                                                .key_origin = order.key_origin,
                                                .registered_by = order.registered_by,
                                                .ocsp_url = status.empty() ? "" : status + "/ocsp",
                                                .crl_url = status.empty() ? "" : status + "/crl.crl",
                                                .not_before = now - kBackdating,
                                                .lifetime = {}}));
  TRY(context.directory.add(transaction, certificate, order.entry, now));
  const AuditEntry record{
      order.actor, "issue", certificate.serial().hex(),
      std::string(x509::profile_of(order.role).name) + " " + std::string(state_name(order.entry.state))};
  TRY(context.audit.append(transaction, {&record, 1}, now));
  return certificate;
}

}  // namespace countersign::authority
