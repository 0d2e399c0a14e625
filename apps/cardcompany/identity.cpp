// SPDX-License-Identifier: Apache-2.0
#include "identity.h"

#include "storage/file.h"
#include "storage/passphrase.h"

namespace countersign::app {
namespace {

constexpr std::size_t kLargestPem = 64 << 10;

struct CertifiedKey {
  crypto::PrivateKey key;
  std::vector<x509::Certificate> chain;  // its certificate, then its CA
};

Result<CertifiedKey> load_key(const std::filesystem::path& key_file, const std::filesystem::path& certificate,
                              const crypto::SecretBytes& passphrase) {
  TRY(const auto key_pem, storage::read_file(key_file, kLargestPem));
  TRY(auto key, crypto::decrypt_private_key(as_text(key_pem), passphrase));
  TRY(const auto chain_pem, storage::read_file(certificate, kLargestPem));
  TRY(auto chain, x509::certificates_from_pem(as_text(chain_pem)));
  if (chain.size() != 2 || !(chain[0].public_key() == key.public_key()))
    return fail(ErrorCode::kMalformed, certificate.string() + ": expected the certificate of the key in " +
                                           key_file.string() + ", and its CA");
  return CertifiedKey{std::move(key), std::move(chain)};
}

}  // namespace

Result<CompanyIdentity> load_identity(const CardCompanyConfig& config, TimePoint now) {
  TRY(const auto passphrase, storage::read_passphrase(config.passphrase_file));
  TRY(auto signing, load_key(config.key(), config.certificate, passphrase));
  TRY(auto agreement, load_key(config.agreement_key(), config.agreement_certificate, passphrase));
  TRY(const auto pem, storage::read_file(config.root, kLargestPem));
  TRY(auto root, x509::Certificate::from_pem(as_text(pem)));
  TRY(auto anchor, x509::TrustAnchor::create(std::move(root), {signing.chain[1], agreement.chain[1]}, now));
  TRY(x509::verify_path(signing.chain[0], anchor, x509::Role::kCardCompany, now));
  TRY(x509::verify_path(agreement.chain[0], anchor, x509::Role::kCardCompanyAgreement, now));
  if (agreement.chain[0].subject() != signing.chain[0].subject())
    return fail(ErrorCode::kMalformed, config.agreement_certificate.string() + ": of another subject than " +
                                           config.certificate.string());
  return CompanyIdentity{{signing.chain[0], std::move(signing.key), {signing.chain[1]}},
                         {agreement.chain[0], std::move(agreement.key)},
                         std::make_shared<const x509::TrustAnchor>(std::move(anchor))};
}

}  // namespace countersign::app
