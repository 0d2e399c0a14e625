// SPDX-License-Identifier: Apache-2.0
// Envelopes of ours opened by the `openssl` command, and its envelopes opened, or refused, by us.
#include <gtest/gtest.h>

#include "x509/cms_envelope.h"
#include "x509/sample_network.h"

namespace countersign::x509 {
namespace {

using crypto::SecretAccess;
using crypto::SecretBytes;

constexpr std::string_view kContent = "number and expiry";
constexpr std::string_view kSharedKey =
    "-secretkey 0707070707070707070707070707070707070707070707070707070707070707 "
    "-secretkeyid 73657373696f6e2031";

class OpenSslEnvelope : public testing::Test {
 protected:
  OpenSslEnvelope() {
    folder_.write_pem("holder.pem", holder_.certificate);
    folder_.write_key("holder.key", holder_.key);
    folder_.write("content", as_bytes(kContent));
  }
  // What `openssl cms -encrypt` makes with these options.
  Bytes encrypt(std::string_view options) const {
    EXPECT_TRUE(folder_.run("openssl cms -encrypt -binary -in content -outform DER -out envelope " +
                            std::string(options)))
        << folder_.output();
    return folder_.read("envelope");
  }
  Result<SecretBytes> open(BytesView envelope) const {
    return open_sealed_to(holder_.certificate, agreement_by(holder_.key), envelope);
  }
  // Whether `openssl cms -decrypt` finds the content in the envelope.
  bool decrypts(BytesView envelope, std::string_view options) const {
    folder_.write("envelope", envelope);
    return folder_.run("openssl cms -decrypt -binary -inform DER -in envelope -out opened " +
                       std::string(options)) &&
           folder_.read("opened") == to_bytes(kContent);
  }
  static void expect_content(const Result<SecretBytes>& opened) {
    ASSERT_TRUE(opened) << opened.error().detail;
    EXPECT_EQ(as_text(opened.value().reveal(SecretAccess{})), kContent);
  }
  static void expect_refused(const Result<SecretBytes>& opened, std::string_view why) {
    ASSERT_FALSE(opened) << why;
    EXPECT_TRUE(opened.error().code == ErrorCode::kUnsupported ||
                opened.error().code == ErrorCode::kMalformed)
        << why;
  }

  SampleNetwork network_;
  Issuer holder_ = network_.issue(Role::kPurchaserAgreement, "UID=p-1,OU=purchasers");
  ExchangeFolder folder_;
  SecretBytes content_ = SecretBytes::copy_of(as_bytes(kContent));
  SharedKey key_{to_bytes(std::string_view("session 1")), SecretBytes(Bytes(32, 7))};
};

TEST_F(OpenSslEnvelope, OpensOurs) {
  EXPECT_TRUE(decrypts(seal_to(holder_.certificate, content_).value(),
                       "-recip holder.pem -inkey holder.key -keyform DER"))
      << folder_.output();
  EXPECT_TRUE(decrypts(seal_under(key_, content_).value(), kSharedKey)) << folder_.output();
}

TEST_F(OpenSslEnvelope, OpensOursToAKeyWithoutACertificate) {
  EXPECT_TRUE(decrypts(seal_to_key(holder_.key.public_key(), content_).value(),
                       "-recip holder.pem -inkey holder.key -keyform DER"))
      << folder_.output();
}

TEST_F(OpenSslEnvelope, ToAKeyIsOpenedByUs) {
  expect_content(
      open_sealed_to_key(holder_.key.public_key(), agreement_by(holder_.key),
                         encrypt("-aes-256-gcm -keyid -recip holder.pem -keyopt ecdh_kdf_md:sha256")));
}

TEST_F(OpenSslEnvelope, IsOpenedByUs) {
  expect_content(open(encrypt("-aes-256-gcm -recip holder.pem -keyopt ecdh_kdf_md:sha256")));
  expect_content(open_sealed_under(key_, encrypt("-aes-256-gcm " + std::string(kSharedKey))));
}

TEST_F(OpenSslEnvelope, IsRefusedInItsOtherForms) {
  const Issuer other = network_.issue(Role::kPurchaserAgreement, "UID=p-2,OU=purchasers");
  folder_.write_pem("other.pem", other.certificate);
  const std::string to_holder = " -recip holder.pem -keyopt ecdh_kdf_md:sha256 ";
  for (const std::string& options :
       {"-aes-256-gcm -recip holder.pem" + std::string(),  // SHA-1 in the key derivation
        "-aes-128-gcm" + to_holder, "-aes-256-cbc" + to_holder, "-aes-256-gcm -keyid" + to_holder,
        "-aes-256-gcm -stream -indef" + to_holder,
        "-aes-256-gcm" + to_holder + "-keyopt ecdh_cofactor_mode:1",
        "-aes-256-gcm" + to_holder + "-recip other.pem -keyopt ecdh_kdf_md:sha256",
        "-aes-256-gcm" + to_holder + std::string(kSharedKey)})
    expect_refused(open(encrypt(options)), options);
  for (const std::string& options : {"-aes-256-cbc " + std::string(kSharedKey),
                                     "-aes-128-gcm " + std::string(kSharedKey), "-aes-256-gcm" + to_holder})
    expect_refused(open_sealed_under(key_, encrypt(options)), options);
}

}  // namespace
}  // namespace countersign::x509
