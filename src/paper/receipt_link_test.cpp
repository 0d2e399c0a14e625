// SPDX-License-Identifier: Apache-2.0
#include "paper/receipt_link.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "crypto/digest.h"
#include "evidence/receipt.h"
#include "evidence/testing/sample_log.h"

namespace countersign::paper {
namespace {

TEST(ReceiptAddress, NamesLogNumberAndOrderAndNothingPersonal) {
  const evidence::Trade trade;
  evidence::SampleLog log(trade);
  log.append_others(2);
  const Bytes file = documents::write_receipt(log.confirm());
  const evidence::Report report = evidence::verify_receipt(file, trade.root.certificate, nullptr, {});
  const auto address = receipt_address(report);
  ASSERT_TRUE(address) << address.error().detail;
  EXPECT_EQ(address.value(),
            "log=seoul-1.example/log&index=2&order=" + hex_encode(crypto::sha256(report.order_bytes)));
}

std::string read_vector(const std::string& name) {
  std::ifstream file(COUNTERSIGN_RECEIPT_VECTORS "/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(ReceiptAddress, IsThatOfTheVectors) {
  const auto root = x509::Certificate::from_pem(read_vector("network-root.pem")).value();
  const std::string file = read_vector("good.countersign-receipt.json");
  const auto address = receipt_address(evidence::verify_receipt(as_bytes(file), root, nullptr, {}));
  ASSERT_TRUE(address) << address.error().detail;
  EXPECT_EQ(address.value() + "\n", read_vector("address"));
}

TEST(ReceiptAddress, IsRefusedWhereThereIsNoLog) {
  const auto address = receipt_address(evidence::Report{});
  ASSERT_FALSE(address);
  EXPECT_EQ(address.error().code, ErrorCode::kNotFound);
}

TEST(ReceiptLink, PutsTheAddressWhereNoBrowserSendsIt) {
  const auto link = receipt_link("https://verify.example/receipt?lang=ko", "log=a/b&index=0&order=00");
  ASSERT_TRUE(link) << link.error().detail;
  EXPECT_EQ(link.value(), "https://verify.example/receipt?lang=ko#log=a/b&index=0&order=00");
}

struct BadPage {
  const char* name;
  std::string page;
};

TEST(ReceiptLink, RefusesWhatIsNoPlainHttpsUrl) {
  const BadPage bad[] = {{"nothing", ""},
                         {"no host", "https://"},
                         {"a path for a host", "https:///verify"},
                         {"without TLS", "http://verify.example/"},
                         {"a script", "javascript:alert(1)"},
                         {"with a fragment of its own", "https://verify.example/#x"},
                         {"with a space", "https://verify.example/a b"},
                         {"with a line break", "https://verify.example/\n"},
                         {"beyond ASCII", "https://verify.example/확인"},
                         {"too long", "https://verify.example/" + std::string(500, 'a')}};
  for (const BadPage& each : bad) {
    const auto link = receipt_link(each.page, "x");
    ASSERT_FALSE(link) << each.name;
    EXPECT_EQ(link.error().code, ErrorCode::kMalformed) << each.name;
  }
}

}  // namespace
}  // namespace countersign::paper
