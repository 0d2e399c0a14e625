// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "crypto/random.h"
#include "x509/cms.h"
#include "x509/ocsp.h"

// For tests: a network of one root and one data centre, what it issues, and a folder to meet `openssl` in.
namespace countersign::x509 {

struct SampleNetwork {
  TimePoint now = from_unix_seconds(1'795'000'000);  // November 2026
  Name data_centre = Name::from_text("OU=seoul-1,OU=kr,O=Countersign Demo").value();
  Issuer root = make_root();
  Issuer ca = make_ca();
  TrustAnchor anchor = TrustAnchor::create(root.certificate, {ca.certificate}, now).value();

  Issuer issue(Role role, std::string_view subject) const {
    const crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
    CertificateOrder order{
        .role = role,
        .subject = Name::from_text(std::string(subject) + "," + data_centre.text()).value(),
        .key = key.public_key(),
        .alternative_names = {},
        .key_origin = {},
        .registered_by = {},
        .ocsp_url = {},
        .crl_url = {},
        .not_before = now,
        .lifetime = {}};
    if (role == Role::kMerchant) order.alternative_names.dns = {"shop.example"};
    if (role == Role::kMerchant || role == Role::kPurchaser) order.key_origin = KeyOrigin::kHolder;
    Result<Certificate> certificate = issue_certificate(ca, order);
    EXPECT_TRUE(certificate) << certificate.error().detail;
    return {std::move(certificate).value(), key};
  }
  Issuer issue_purchaser(std::string_view pseudonym = "p-1") const {
    return issue(Role::kPurchaser, "UID=" + std::string(pseudonym) + ",OU=purchasers");
  }
  Issuer issue_merchant() const { return issue(Role::kMerchant, "CN=Sample Shop,OU=merchants"); }
  Issuer issue_responder() const { return issue(Role::kOcspResponder, "CN=OCSP Responder,OU=authority"); }
  Signer signer_of(const Issuer& holder) const { return {holder.certificate, holder.key, {ca.certificate}}; }

 private:
  Issuer make_root() const {
    const crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
    const Name network = Name::from_text("O=Countersign Demo").value();
    return {create_network_root(network, key, now).value(), key};
  }
  Issuer make_ca() const {
    const crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
    const NameLimits limits{data_centre, {"shop.example"}, {}, {"127.0.0.0/8"}};
    return {create_data_centre_ca(root, limits, key.public_key(), now).value(), key};
  }
};

// A folder of its own that vanishes at the end, in which commands of other implementations run.
class ExchangeFolder {
 public:
  ExchangeFolder()
      : path_(std::filesystem::temp_directory_path() / ("countersign-" + crypto::random_token(12))) {
    std::filesystem::create_directory(path_);
  }
  ~ExchangeFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ExchangeFolder(const ExchangeFolder&) = delete;
  ExchangeFolder& operator=(const ExchangeFolder&) = delete;

  void write(const std::string& name, BytesView bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << as_text(bytes);
  }
  void write_pem(const std::string& name, const Certificate& certificate) const {
    write(name, as_bytes(certificate.pem()));
  }
  void write_key(const std::string& name, const crypto::PrivateKey& key) const {
    const crypto::SecretBytes der = key.to_pkcs8().value();
    write(name, der.reveal(crypto::SecretAccess()));
  }
  Bytes read(const std::string& name) const {
    std::ifstream file(path_ / name, std::ios::binary);
    return to_bytes(std::string(std::istreambuf_iterator<char>(file), {}));
  }
  // Whether the command, started in this folder, succeeds; what it says lands in the file "output".
  bool run(const std::string& command) const {
    const std::string line = "cd '" + path_.string() + "' && (" + command + ") > output 2>&1";
    return std::system(line.c_str()) == 0;  // NOLINT(cert-env33-c): a fixed command in a test
  }
  std::string output() const { return to_text(read("output")); }

 private:
  std::filesystem::path path_;
};

}  // namespace countersign::x509
