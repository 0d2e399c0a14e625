// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/data_centre.h"

#include <array>

#include "storage/secret_folder.h"

namespace countersign::authority {

namespace {

struct Service {
  x509::Role role;
  std::string_view common_name;
  std::string_view file;
  std::string KeyPlaces::*place;
};

constexpr std::array kServices = {
    Service{x509::Role::kOcspResponder, "OCSP Responder", "ocsp.pem", &KeyPlaces::ocsp},
    Service{x509::Role::kConfirmationSigner, "Confirmation Signer", "confirmation.pem",
            &KeyPlaces::confirmation},
    Service{x509::Role::kAuthorityServer, "Authority Server", "tls.pem", &KeyPlaces::tls},
};

Result<x509::Certificate> issue_service(const x509::Issuer& ca, const Service& service,
                                        const crypto::PublicKey& key, const DataCentrePlan& plan,
                                        TimePoint now) {
  TRY(const auto group, plan.limits.subtree.child("OU", "authority"));
  TRY(auto subject, group.child("CN", service.common_name));
  x509::CertificateOrder order{.role = service.role,
                               .subject = std::move(subject),
                               .key = key,
                               .alternative_names = {},
                               .key_origin = {},
                               .registered_by = {},
                               .ocsp_url = plan.ocsp_url,
                               .crl_url = plan.crl_url,
                               .not_before = now - kBackdating,
                               .lifetime = {}};
  if (service.role == x509::Role::kAuthorityServer) order.alternative_names = plan.tls_names;
  return x509::issue_certificate(ca, order);
}

Result<void> write_certificate(const std::filesystem::path& file, const x509::Certificate& certificate) {
  return storage::write_file(file, as_bytes(certificate.pem()), storage::FileMode::kPublic);
}

}  // namespace

Result<std::vector<x509::Certificate>> create_data_centre(const x509::Issuer& root,
                                                          const DataCentrePlan& plan,
                                                          const LoadTokenKey& load_token_key, TimePoint now) {
  if (std::filesystem::exists(plan.certificates / "ca.pem")) {
    return fail(ErrorCode::kConflict, plan.certificates.string() + ": there is a data centre already");
  }
  if (!plan.limits.subtree.is_below(root.certificate.subject())) {
    return fail(ErrorCode::kNameNotPermitted, "the data centre's name is not below the network's");
  }
  std::error_code error;
  std::filesystem::create_directories(plan.certificates, error);
  if (error) return fail(ErrorCode::kUnavailable, plan.certificates.string() + ": " + error.message());

  TRY(const auto passphrase, read_passphrase(plan.keys.passphrase_file));
  TRY(const auto ca_key, load_or_create_key(plan.keys.ca, passphrase, load_token_key));
  TRY(auto ca_certificate,
      x509::create_data_centre_ca(root, plan.limits, ca_key.public_key(), now - kBackdating));
  const x509::Issuer ca{std::move(ca_certificate), ca_key};

  TRY(write_certificate(plan.certificates / "root.pem", root.certificate));
  std::vector<x509::Certificate> issued;
  for (const auto& service : kServices) {
    TRY(const auto key, load_or_create_key(plan.keys.*service.place, passphrase, load_token_key));
    TRY(auto certificate, issue_service(ca, service, key.public_key(), plan, now));
    TRY(write_certificate(plan.certificates / service.file, certificate));
    issued.push_back(std::move(certificate));
  }
  TRY(write_certificate(plan.certificates / "ca.pem", ca.certificate));
  return issued;
}

}  // namespace countersign::authority
