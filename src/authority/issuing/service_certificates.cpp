// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/service_certificates.h"

#include <algorithm>
#include <array>

#include "authority/issuing/issue_certificate.h"
#include "storage/secret_folder.h"

namespace countersign::authority {

namespace {

constexpr std::array kKinds = {
    ServiceKind{"ocsp", x509::Role::kOcspResponder, "OCSP Responder", &KeyPlaces::ocsp},
    ServiceKind{"confirmation", x509::Role::kConfirmationSigner, "Confirmation Signer",
                &KeyPlaces::confirmation},
    ServiceKind{"tls", x509::Role::kAuthorityServer, "Authority Server", &KeyPlaces::tls},
    ServiceKind{"time-stamp", x509::Role::kTimeStamper, "Time-Stamp Signer", &KeyPlaces::time_stamp, true},
};

std::filesystem::path service_file(const DataCentrePlan& plan, std::string_view name) {
  return plan.certificates / (std::string(name) + ".pem");
}

// A new certificate of the authority itself: in directory and audit log before it is in its file.
Result<void> take_into_use(const AuthorityContext& context, const x509::Certificate& certificate,
                           const std::filesystem::path& file, std::string_view actor) {
  TRY(context.database.write([&](storage::Transaction& transaction) {
    return record_certificate(context, transaction, certificate, {CertificateState::kActive, "", ""}, actor);
  }));
  return storage::write_file(file, as_bytes(certificate.pem()), storage::FileMode::kPublic);
}

}  // namespace

std::span<const ServiceKind> service_kinds() {
  return kKinds;
}

const x509::Certificate* certificate_in_use(const AuthorityKeys& keys, const ServiceKind& kind) {
  switch (kind.role) {
    case x509::Role::kOcspResponder:
      return &keys.ocsp.certificate;
    case x509::Role::kConfirmationSigner:
      return &keys.confirmation.certificate;
    case x509::Role::kAuthorityServer:
      return &keys.tls.certificate;
    default:
      return keys.time_stamp ? &keys.time_stamp->certificate : nullptr;
  }
}

bool may_certify(const x509::Certificate& ca, const ServiceKind& kind) {
  const std::vector<x509::Policy>& permitted = ca.extensions().policies;
  const std::string_view policy = x509::profile_of(kind.role).policy;
  return std::ranges::find(permitted, policy, &x509::Policy::oid) != permitted.end();
}

Result<x509::Certificate> issue_service_certificate(const x509::Issuer& ca, const ServiceKind& kind,
                                                    const crypto::PublicKey& key, const DataCentrePlan& plan,
                                                    TimePoint now) {
  TRY(const auto group, plan.limits.subtree.child("OU", "authority"));
  TRY(auto subject, group.child("CN", kind.common_name));
  x509::CertificateOrder order{.role = kind.role,
                               .subject = std::move(subject),
                               .key = key,
                               .alternative_names = {},
                               .key_origin = {},
                               .registered_by = {},
                               .ocsp_url = plan.ocsp_url,
                               .crl_url = plan.crl_url,
                               .not_before = now - kBackdating,
                               .lifetime = {}};
  if (kind.role == x509::Role::kAuthorityServer) order.alternative_names = plan.tls_names;
  return x509::issue_certificate(ca, order);
}

Result<void> write_service_certificate(const DataCentrePlan& plan, std::string_view name,
                                       const x509::Certificate& certificate) {
  return storage::write_file(service_file(plan, name), as_bytes(certificate.pem()),
                             storage::FileMode::kPublic);
}

DataCentrePlan plan_below(const AuthorityContext& context, const x509::Certificate& ca, DataCentrePlan plan) {
  plan.crl_url = crl_url_of(context, ca);
  return plan;
}

std::vector<ServiceExpiry> service_expiries(const AuthorityKeys& keys) {
  std::vector<ServiceExpiry> expiries;
  expiries.reserve(std::size(kKinds) + 2 + 2 * keys.earlier.size());
  for (const auto& kind : kKinds)
    if (const auto* present = certificate_in_use(keys, kind))
      expiries.push_back({std::string(kind.name), present->not_after()});
  expiries.push_back({"ca", keys.ca.certificate.not_after()});
  expiries.push_back({"root", keys.anchor->root().not_after()});
  for (const auto& each : keys.earlier) {
    const auto id = key_id(each.certificate.public_key());
    expiries.push_back({"ca-" + id, each.certificate.not_after()});
    if (each.ocsp) expiries.push_back({"ocsp-by-" + id, each.ocsp->certificate.not_after()});
  }
  return expiries;
}

Result<std::vector<x509::Certificate>> renew_service_certificates(const AuthorityContext& context,
                                                                  const DataCentrePlan& plan, TimePoint due,
                                                                  std::string_view actor) {
  const auto now = context.clock.now();
  const auto& keys = context.keys;
  std::vector<x509::Certificate> renewed;
  const auto take = [&](x509::Certificate certificate, const std::filesystem::path& file) -> Result<void> {
    TRY(take_into_use(context, certificate, file, actor));
    renewed.push_back(std::move(certificate));
    return ok();
  };
  const auto own_plan = plan_below(context, keys.ca.certificate, plan);
  for (const auto& kind : kKinds) {
    const auto* present = certificate_in_use(keys, kind);
    if (present == nullptr || present->not_after() >= due) continue;
    TRY(auto certificate, issue_service_certificate(keys.ca, kind, present->public_key(), own_plan, now));
    TRY(take(std::move(certificate), service_file(plan, kind.name)));
  }
  for (const auto& each : keys.earlier) {
    if (!each.key || (each.ocsp && each.ocsp->certificate.not_after() >= due)) continue;
    TRY(auto certificate, issue_service_certificate({each.certificate, *each.key}, kKinds[0],
                                                    keys.ocsp.certificate.public_key(),
                                                    plan_below(context, each.certificate, plan), now));
    TRY(take(std::move(certificate), responder_file(plan.certificates, each.certificate)));
  }
  return renewed;
}

std::vector<MissingService> missing_services(const AuthorityKeys& keys, const DataCentrePlan& plan) {
  std::vector<MissingService> missing;
  for (const auto& kind : kKinds) {
    // A file that is there and not in use is over or not to begin yet, and is renewed, not made.
    if (certificate_in_use(keys, kind) != nullptr || (plan.keys.*kind.place).empty() ||
        std::filesystem::exists(service_file(plan, kind.name)))
      continue;
    missing.push_back({kind, may_certify(keys.ca.certificate, kind)});
  }
  return missing;
}

Result<std::vector<x509::Certificate>> make_missing_services(const AuthorityContext& context,
                                                             const DataCentrePlan& plan,
                                                             const KeyShelf& shelf, std::string_view actor) {
  const auto& ca = context.keys.ca;
  std::vector<x509::Certificate> made;
  for (const auto& [kind, can_be_made] : missing_services(context.keys, plan)) {
    if (!can_be_made) continue;
    TRY(const auto key, load_or_create_key(plan.keys.*kind.place, shelf.passphrase, shelf.load_token_key));
    TRY(auto certificate,
        issue_service_certificate(ca, kind, key.public_key(), plan_below(context, ca.certificate, plan),
                                  context.clock.now()));
    TRY(take_into_use(context, certificate, service_file(plan, kind.name), actor));
    made.push_back(std::move(certificate));
  }
  return made;
}

}  // namespace countersign::authority
