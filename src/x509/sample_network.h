// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <fstream>

#include "sample/issuers.h"
#include "sample/temporary_folder.h"
#include "x509/cms.h"
#include "x509/ocsp.h"

// For tests: a network of one root and one data centre, what it issues, and a folder to meet `openssl` in.
namespace countersign::x509 {

struct SampleNetwork {
  TimePoint now = from_unix_seconds(1'795'000'000);  // November 2026
  Name data_centre = Name::from_text("OU=seoul-1,OU=kr,O=Countersign Demo").value();
  Issuer root = sample::make_root(now);
  Issuer ca = sample::make_ca(root, {data_centre, {"shop.example"}, {}, {"127.0.0.0/8"}}, now);
  TrustAnchor anchor = TrustAnchor::create(root.certificate, {ca.certificate}, now).value();

  Issuer issue(Role role, std::string_view subject) const {
    sample::Particulars particulars;
    if (role == Role::kMerchant) particulars.names.dns = {"shop.example"};
    return sample::issue(ca, role, Name::from_text(std::string(subject) + "," + data_centre.text()).value(),
                         now, particulars);
  }
  // A purchaser's certificate for a key of a card.
  Certificate certify_purchaser(Role role, const crypto::PublicKey& key, KeyOrigin origin) const {
    return sample::certify(ca, role, Name::from_text("UID=p-1,OU=purchasers," + data_centre.text()).value(),
                           key, now, {.key_origin = origin});
  }
  Issuer issue_purchaser(std::string_view pseudonym = "p-1") const {
    return issue(Role::kPurchaser, "UID=" + std::string(pseudonym) + ",OU=purchasers");
  }
  Issuer issue_merchant() const { return issue(Role::kMerchant, "CN=Sample Shop,OU=merchants"); }
  Issuer issue_responder() const { return issue(Role::kOcspResponder, "CN=OCSP Responder,OU=authority"); }
  Issuer issue_time_stamper() const { return issue(Role::kTimeStamper, "CN=Time-Stamp Signer,OU=authority"); }
  Signer signer_of(const Issuer& holder) const { return {holder.certificate, holder.key, {ca.certificate}}; }
};

// A folder of its own that vanishes at the end, in which commands of other implementations run.
class ExchangeFolder {
 public:
  void write(const std::string& name, BytesView bytes) const {
    std::ofstream(folder_.path() / name, std::ios::binary) << as_text(bytes);
  }
  void write_pem(const std::string& name, const Certificate& certificate) const {
    write(name, as_bytes(certificate.pem()));
  }
  void write_key(const std::string& name, const crypto::PrivateKey& key) const {
    const crypto::SecretBytes der = key.to_pkcs8().value();
    write(name, der.reveal(crypto::SecretAccess()));
  }
  Bytes read(const std::string& name) const {
    std::ifstream file(folder_.path() / name, std::ios::binary);
    return to_bytes(std::string(std::istreambuf_iterator<char>(file), {}));
  }
  // Whether the command, started in this folder, succeeds; what it says lands in the file "output".
  bool run(const std::string& command) const {
    const std::string line = "cd '" + folder_.path().string() + "' && (" + command + ") > output 2>&1";
    return std::system(line.c_str()) == 0;  // NOLINT(cert-env33-c): a fixed command in a test
  }
  std::string output() const { return to_text(read("output")); }

 private:
  TemporaryFolder folder_;
};

}  // namespace countersign::x509
