// SPDX-License-Identifier: Apache-2.0
#include "x509/certificate.h"

#include <gtest/gtest.h>

#include "x509/test_network.h"

namespace countersign::x509 {
namespace {

Extensions for_signing() {
  Extensions extensions;
  extensions.key_usage.digital_signature = true;
  return extensions;
}

TEST(SerialNumber, IsAPositiveIntegerOfAtMostTwentyOctets) {
  EXPECT_EQ(SerialNumber::from_hex("01ff").value().hex(), "01ff");
  EXPECT_TRUE(SerialNumber::from_bytes(Bytes(20, 0x7f)));
  EXPECT_TRUE(SerialNumber::from_bytes(Bytes(19, 0xff)));
  for (const char* hex : {"", "00", "0001", "xy"}) EXPECT_FALSE(SerialNumber::from_hex(hex)) << hex;
  EXPECT_FALSE(SerialNumber::from_bytes(Bytes(20, 0xff)));
  EXPECT_FALSE(SerialNumber::from_bytes(Bytes(21, 1)));
}

TEST(SerialNumber, IsRandomAndOfOneLength) {
  const SerialNumber first = SerialNumber::random();
  EXPECT_EQ(first.bytes().size(), 16U);
  EXPECT_GE(first.bytes()[0], 0x80);
  EXPECT_NE(first, SerialNumber::random());
}

TEST(Certificate, SaysWhatWasOrdered) {
  const TestNetwork network;
  const crypto::PrivateKey key = new_key();
  CertificateOrder order = network.order(Role::kPurchaser, key.public_key());
  order.subject = name("UID=p-17,OU=purchasers,OU=seoul-1,OU=kr,O=Countersign Demo");
  order.registered_by = "CN=서울 상점,OU=merchants,OU=seoul-1,OU=kr,O=Countersign Demo";
  order.ocsp_url = "http://127.0.0.1:2345/ocsp";
  order.crl_url = "http://127.0.0.1:2345/crl.crl";
  const Certificate certificate = issue_certificate(network.issuer(), order).value();

  EXPECT_EQ(certificate.subject(), order.subject);
  EXPECT_EQ(certificate.issuer(), network.ca.subject());
  EXPECT_EQ(certificate.public_key(), key.public_key());
  EXPECT_EQ(certificate.role(), Role::kPurchaser);
  EXPECT_EQ(certificate.key_origin(), KeyOrigin::kAuthority);
  EXPECT_EQ(certificate.registered_by(), order.registered_by);
  EXPECT_EQ(certificate.not_before(), network.now);
  EXPECT_EQ(certificate.not_after(), network.now + profile_of(Role::kPurchaser).lifetime);
  EXPECT_EQ(certificate.extensions().ocsp_url, order.ocsp_url);
  EXPECT_EQ(certificate.extensions().crl_url, order.crl_url);
  EXPECT_FALSE(certificate.is_ca());
  EXPECT_TRUE(certificate.verify_signature(network.ca.public_key()));
  EXPECT_EQ(code_of(certificate.verify_signature(network.root.public_key())), ErrorCode::kSignatureInvalid);
}

TEST(Certificate, SurvivesDerAndPem) {
  const TestNetwork network;
  const Certificate merchant = network.issue(Role::kMerchant);
  EXPECT_EQ(Certificate::from_der(merchant.der()).value(), merchant);
  EXPECT_EQ(Certificate::from_pem(merchant.pem()).value(), merchant);
  const std::vector<Certificate> chain =
      certificates_from_pem("subject=…\n" + merchant.pem() + "\r\n" + network.ca.pem()).value();
  EXPECT_EQ(chain, (std::vector{merchant, network.ca}));
}

TEST(Certificate, RefusesPemThatIsDamagedOrHoldsSomethingElse) {
  const TestNetwork network;
  const std::string pem = network.ca.pem();
  EXPECT_FALSE(Certificate::from_pem(""));
  EXPECT_FALSE(Certificate::from_pem(pem + pem));
  EXPECT_FALSE(certificates_from_pem(pem + "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"));
  EXPECT_FALSE(certificates_from_pem(pem.substr(0, pem.size() - 10)));
  EXPECT_FALSE(certificates_from_pem(std::string(pem).replace(100, 1, "!")));
}

TEST(Certificate, RefusesTrailingBytesTruncationAndOversize) {
  const TestNetwork network;
  const Bytes& der = network.ca.der();
  Bytes longer = der;
  longer.push_back(0);
  EXPECT_EQ(code_of(Certificate::from_der(longer)), ErrorCode::kMalformed);
  for (std::size_t size = 0; size < der.size(); ++size)
    EXPECT_FALSE(Certificate::from_der(BytesView(der).first(size))) << size;
  EXPECT_EQ(code_of(Certificate::from_der(Bytes(9000, 0x30))), ErrorCode::kTooLarge);
}

// A flipped bit either makes the bytes unreadable or breaks the signature: there is no second spelling.
TEST(Certificate, HasNoOtherEncodingThatVerifies) {
  const TestNetwork network;
  const Certificate merchant = network.issue(Role::kMerchant);
  const std::size_t signature_begins = merchant.der().size() - 75;
  for (std::size_t bit = 0; bit < signature_begins * 8; ++bit) {
    Bytes altered = merchant.der();
    altered[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const Result<Certificate> parsed = Certificate::from_der(altered);
    if (!parsed || bit % 16 != 0) continue;
    EXPECT_FALSE(parsed.value().verify_signature(network.ca.public_key())) << bit;
  }
}

TEST(Certificate, RefusesBerWhereOpenSslWouldTakeIt) {
  const TestNetwork network;
  const Bytes& der = network.ca.der();  // 30 82 xx xx: written with a needless length octet
  Bytes ber{0x30, 0x83, 0x00};
  ber.insert(ber.end(), der.begin() + 2, der.end());
  EXPECT_EQ(code_of(Certificate::from_der(ber)), ErrorCode::kMalformed);
}

struct ForgedExtension {
  const char* name;
  const char* oid;
  bool critical;
  const char* value;  // hex
};

TEST(Certificate, RefusesExtensionsThatAreNotTheNetworks) {
  const TestNetwork network;
  const Bytes subject = name("CN=x,OU=merchants,OU=seoul-1,OU=kr,O=Countersign Demo").der();
  const crypto::PublicKey key = new_key().public_key();
  const ForgedExtension rows[] = {
      {"unknown critical", "1.2.3.4", true, "0500"},
      {"unknown", "1.2.3.4", false, "0500"},
      {"e-mail address", "2.5.29.17", false, "3008810661406223626b"},
      {"directory name", "2.5.29.17", false, "3004a4023000"},
      {"other name", "2.5.29.17", false, "300ca00a06032a0304a0030c0161"},
      {"wildcard", "2.5.29.17", false, "300682042a2e6b72"},
      {"DNS name with a zero octet", "2.5.29.17", false, "30068204612e006b"},
      {"empty names", "2.5.29.17", false, "3000"},
      {"critical names", "2.5.29.17", true, "30078205612e622e63"},
      {"http origin", "2.5.29.17", false, "30098607687474703a2f61"},
      {"IP address of five octets", "2.5.29.17", false, "300787050102030405"},
      {"CA:FALSE written out", "2.5.29.19", true, "3003010100"},
      {"CA not critical", "2.5.29.19", false, "30030101ff"},
      {"key usage with trailing zero bits", "2.5.29.15", true, "030200c0"},
      {"key usage with another bit", "2.5.29.15", true, "030204f0"},
      {"key usage empty", "2.5.29.15", true, "030100"},
      {"policy twice", "2.5.29.32", false, "300c300406022a03300406022a03"},
      {"CPS pointer", "2.5.29.32", false, "3018301606022a033010300e06082b060105050702011602783a"},
      {"time-stamping not critical", "2.5.29.37", false, "300a06082b06010505070308"},
      {"document signing critical", "2.5.29.37", true, "300a06082b06010505070324"},
      {"time-stamping and another use critical", "2.5.29.37", true,
       "301406082b0601050507030806082b06010505070324"},
      {"subject alternative names cut", "2.5.29.17", false, "3009"}};
  for (const ForgedExtension& row : rows) {
    const Bytes extension = der::sequence({der::oid(row.oid), row.critical ? der::boolean(true) : Bytes{},
                                           der::wrap(der::Tag::kOctetString, hex_decode(row.value).value())});
    EXPECT_FALSE(Certificate::from_der(network.forge(subject, key, der::sequence({extension})))) << row.name;
    EXPECT_FALSE(parse_extensions(der::sequence({extension, extension}))) << row.name;
  }
  const Bytes accepted = encode_extensions(for_signing()).value();
  EXPECT_TRUE(Certificate::from_der(network.forge(subject, key, accepted)));
}

TEST(Certificate, RefusesWeakAndForeignKeys) {
  const TestNetwork network;
  const Bytes subject = name("CN=x,OU=merchants,OU=seoul-1,OU=kr,O=Countersign Demo").der();
  const Bytes extensions = encode_extensions(for_signing()).value();
  const crypto::PublicKey ed25519 = crypto::PrivateKey::generate(crypto::KeyKind::kEd25519).public_key();
  EXPECT_EQ(code_of(Certificate::from_der(network.forge(subject, ed25519, extensions))),
            ErrorCode::kUnsupported);
}

TEST(Certificate, RefusesSubjectsOutsideOfTheAcceptedForm) {
  const TestNetwork network;
  const Bytes extensions = encode_extensions(for_signing()).value();
  const Bytes printable = der::sequence({der::wrap(
      der::Tag::kSet, der::sequence({der::oid("2.5.4.3"), der::text(der::Tag::kPrintableString, "Shop")}))});
  for (const Bytes& subject : {der::sequence({}), printable})
    EXPECT_FALSE(Certificate::from_der(network.forge(subject, new_key().public_key(), extensions)));
}

}  // namespace
}  // namespace countersign::x509
