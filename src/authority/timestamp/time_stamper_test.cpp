// SPDX-License-Identifier: Apache-2.0
#include "authority/timestamp/time_stamper.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "authority/testing/test_network.h"
#include "authority/timestamp/time_stamp_routes.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "http/client.h"
#include "http/server.h"
#include "x509/der_tree.h"
#include "x509/sample_network.h"
#include "x509/stamp_token.h"

namespace countersign::authority {
namespace {

using x509::DerTree;
using x509::TimeStampFailure;

const Sha256Digest kDigest = crypto::sha256(as_bytes("checkpoint"));

class TimeStamperTest : public ::testing::Test {
 protected:
  x509::Signer issue(x509::Role role) const {
    return network_.issue(role, name_of("CN=Stamps,OU=authority," + network_.data_centre.text()),
                          clock_.now());
  }
  static Bytes query(BytesView nonce = {}) { return take(x509::make_time_stamp_request(kDigest, nonce)); }
  Result<x509::StampToken> verify(const Bytes& response, BytesView nonce = {}) const {
    TRY(const Bytes token, x509::read_time_stamp_response(response));
    return x509::verify_stamp_token(token, crypto::HashAlgorithm::kSha256, kDigest,
                                    {{network_.root.certificate}, {}}, nonce);
  }
  // The TSTInfo of a granted response: version, policy, imprint, serial and more.
  static DerTree info_of(const Bytes& response) {
    return DerTree::read(DerTree::read(response)[1][1][0][2][1][0].contents);
  }
  // The first and only bit of PKIFailureInfo.
  static int failure_of(const Bytes& response) {
    const DerTree tree = DerTree::read(response);
    const Bytes& bits = tree.children.at(0).children.at(2).contents;
    return static_cast<int>((bits.size() - 1) * 8) - bits.at(0) - 1;
  }
  static int bit(TimeStampFailure failure) { return static_cast<int>(failure); }
  http::Response post(Bytes body, const std::string& address = "192.0.2.1") {
    http::Request request;
    request.method = "POST";
    request.headers["Content-Type"] = "application/timestamp-query";
    request.remote_address = address;
    request.body = std::move(body);
    return stamper_->post(request);
  }
  std::uint64_t counted(std::string_view answer) {
    return metrics_.counter("countersign_time_stamps_total", "", "answer=\"" + std::string(answer) + "\"")
        .value();
  }

  ManualClock clock_;
  TestNetwork network_{clock_.now()};
  http::Metrics metrics_;
  x509::Signer signer_ = issue(x509::Role::kTimeStamper);
  std::unique_ptr<TimeStamper> stamper_ = take(TimeStamper::open(
      {signer_, clock_, metrics_}, {.accuracy = Seconds(2), .per_minute_of_address = 3, .per_minute = 5}));
};

TEST_F(TimeStamperTest, StampsWithTheClocksTimeAndTheNonce) {
  const Bytes nonce = crypto::random_bytes(8);
  const Bytes response = stamper_->answer(query(nonce));
  const auto stamp = take(verify(response, nonce));
  EXPECT_EQ(stamp.time, clock_.now());
  EXPECT_EQ(stamp.latest, clock_.now() + Seconds(2));
  EXPECT_EQ(stamp.authority, signer_.certificate.subject().text());
  EXPECT_EQ(info_of(response)[1].write(), x509::der::oid(x509::kTimeStampPolicy));
  EXPECT_EQ(counted("granted"), 1U);
}

TEST_F(TimeStamperTest, GivesEachTokenASerialNumberOf128RandomBits) {
  std::set<x509::SerialNumber> serials;
  for (int i = 0; i < 50; ++i) {
    const Bytes response = stamper_->answer(query());
    take(verify(response));
    const Bytes integer = info_of(response)[3].write();
    const auto serial =
        take(x509::SerialNumber::from_bytes(take(x509::der::Reader(integer).unsigned_integer())));
    EXPECT_EQ(serial.bytes().size(), 16U);
    serials.insert(serial);
  }
  EXPECT_EQ(serials.size(), 50U);
}

TEST_F(TimeStamperTest, RefusesWhileTheClockIsBehindItsLastToken) {
  const TimePoint start = clock_.now();
  take(verify(stamper_->answer(query())));
  clock_.set(start - std::chrono::microseconds(1));
  const Bytes refused = stamper_->answer(query());
  EXPECT_EQ(failure_of(refused), bit(TimeStampFailure::kTimeNotAvailable));
  EXPECT_EQ(verify(refused).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(counted("clock_behind"), 1U);
  clock_.set(start);
  EXPECT_TRUE(verify(stamper_->answer(query()))) << "the same time is not back";
}

TEST_F(TimeStamperTest, TakesARefusalForNoToken) {
  clock_.advance(std::chrono::hours(1));
  stamper_->answer(to_bytes("no request"));
  clock_.advance(-std::chrono::hours(1));
  EXPECT_TRUE(verify(stamper_->answer(query())))
      << "what was refused has no time that could be gone back from";
}

TEST_F(TimeStamperTest, HasNothingToCatchUpWithAfterATimeOutsideOfItsCertificates) {
  const TimePoint start = clock_.now();
  clock_.set(signer_.certificate.not_after() + std::chrono::hours(1));
  EXPECT_EQ(failure_of(stamper_->answer(query())), bit(TimeStampFailure::kSystemFailure));
  clock_.set(start);
  EXPECT_TRUE(verify(stamper_->answer(query())));
}

TEST_F(TimeStamperTest, StaysInOrderForThreadsThatAskAtOnce) {
  const auto metrics = std::make_unique<http::Metrics>();
  const SystemClock clock;
  const TestNetwork network(clock.now());
  const auto stamper = take(TimeStamper::open(
      {network.issue(x509::Role::kTimeStamper, name_of("CN=T,OU=authority," + network.data_centre.text()),
                     clock.now()),
       clock, *metrics}));
  const auto ask = [&stamper] {
    for (int i = 0; i < 50; ++i) EXPECT_TRUE(x509::read_time_stamp_response(stamper->answer(query())));
  };
  std::jthread other(ask);
  ask();
}

TEST_F(TimeStamperTest, RefusesAnotherPolicyAndTakesItsOwn) {
  DerTree asked = DerTree::read(query());
  asked.children.insert(asked.children.begin() + 2, DerTree::read(x509::der::oid("1.2.3")));
  EXPECT_EQ(failure_of(stamper_->answer(asked.write())), bit(TimeStampFailure::kUnacceptedPolicy));
  asked[2] = DerTree::read(x509::der::oid(x509::kTimeStampPolicy));
  EXPECT_TRUE(verify(stamper_->answer(asked.write())));
  EXPECT_EQ(counted("refused"), 1U);
}

TEST_F(TimeStamperTest, SaysWhatIsWrongWithARequest) {
  EXPECT_EQ(failure_of(stamper_->answer({})), bit(TimeStampFailure::kBadDataFormat));
  DerTree asked = DerTree::read(query());
  asked[0].contents = {2};
  EXPECT_EQ(failure_of(stamper_->answer(asked.write())), bit(TimeStampFailure::kBadRequest));
  EXPECT_EQ(counted("refused"), 2U);
}

TEST_F(TimeStamperTest, RefusesOutsideOfItsCertificatesTime) {
  clock_.set(signer_.certificate.not_before() - std::chrono::microseconds(1));
  EXPECT_EQ(failure_of(stamper_->answer(query())), bit(TimeStampFailure::kSystemFailure));
  clock_.set(signer_.certificate.not_after() - std::chrono::microseconds(1));
  EXPECT_TRUE(verify(stamper_->answer(query())));
  clock_.set(signer_.certificate.not_after());
  EXPECT_EQ(failure_of(stamper_->answer(query())), bit(TimeStampFailure::kSystemFailure));
  EXPECT_EQ(counted("failed"), 2U);
}

TEST_F(TimeStamperTest, IsNotOpenedInAnotherRoleOrWithLessThanItsTimeHas) {
  EXPECT_EQ(TimeStamper::open({issue(x509::Role::kConfirmationSigner), clock_, metrics_}).error().code,
            ErrorCode::kWrongRole);
  EXPECT_EQ(TimeStamper::open({signer_, clock_, metrics_}, {.accuracy = Seconds(0)}).error().code,
            ErrorCode::kMalformed);
}

TEST_F(TimeStamperTest, AnswersOverHttpAsTheRfcSays) {
  const auto response = post(query());
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("Content-Type"), "application/timestamp-reply");
  EXPECT_TRUE(verify(response.body));
  EXPECT_EQ(post(to_bytes("no request")).status, 200) << "the refusal is inside";
  http::Request other;
  other.headers["Content-Type"] = "application/octet-stream";
  other.body = query();
  EXPECT_EQ(stamper_->post(other).status, http::status_of(ErrorCode::kUnsupported));
}

TEST_F(TimeStamperTest, IsServedOverHttp) {
  http::Router router;
  add_time_stamp_routes(router, *stamper_);
  const auto server = take(http::Server::start({}, std::move(router)));
  const auto client =
      take(http::Client::create("http://127.0.0.1:" + std::to_string(server->port()), http::ClientOptions()));
  EXPECT_TRUE(verify(take(client->post("/v1/time-stamps", query(), "application/timestamp-query")).body));
  EXPECT_EQ(take(client->get("/v1/time-stamps")).status, 405);
}

TEST_F(TimeStamperTest, BearsSoManyRequestsOfOneAddressAndOfAll) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(post(query()).status, 200);
  EXPECT_EQ(post(query()).status, 429);
  EXPECT_EQ(post(query(), "2001:db8::1").status, 200);
  EXPECT_EQ(post(query(), "2001:db8::2").status, 200);
  EXPECT_EQ(post(query(), "192.0.2.2").status, 429) << "of all together";
  EXPECT_EQ(counted("rate_limited"), 2U);
  clock_.advance(std::chrono::minutes(1));
  EXPECT_EQ(post(query()).status, 200);
}

TEST_F(TimeStamperTest, IsVerifiedByOpenSslWithTheNetworkRootAlone) {
  const x509::ExchangeFolder folder;
  folder.write("data", as_bytes("checkpoint"));
  folder.write_pem("root.pem", network_.root.certificate);
  ASSERT_TRUE(folder.run("openssl ts -query -data data -sha256 -cert -out query.tsq")) << folder.output();
  folder.write("response.tsr", stamper_->answer(folder.read("query.tsq")));
  EXPECT_TRUE(
      folder.run("openssl ts -verify -queryfile query.tsq -in response.tsr -CAfile root.pem -attime " +
                 std::to_string(unix_seconds(clock_.now()))))
      << folder.output();
}

}  // namespace
}  // namespace countersign::authority
