// SPDX-License-Identifier: Apache-2.0
// Where the authority does not send its password, and what it does without an answer. With real servers:
// tests/system/test_ldap.py.
#include "authority/ldap/ldap_server.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "authority/ldap/ldap_publisher.h"
#include "sample/take.h"
#include "sample/temporary_folder.h"
#include "storage/file.h"
#include "storage/file_descriptor.h"

namespace countersign::authority {
namespace {

using std::chrono::milliseconds;

struct Row {
  std::string_view name;
  std::string_view url;
  bool start_tls;
  std::string_view ca_file;
  std::optional<ErrorCode> code;
};

class Target : public ::testing::TestWithParam<Row> {};

TEST_P(Target, IsTakenOnlyWhereThePasswordIsSafe) {
  const Row& row = GetParam();
  LdapTarget target;
  target.url = row.url;
  target.start_tls = row.start_tls;
  target.ca_file = row.ca_file;
  const Result<void> checked = target.check();
  if (!row.code) {
    EXPECT_TRUE(checked) << checked.error().detail;
  } else {
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, *row.code) << checked.error().detail;
  }
}

constexpr auto kMalformed = ErrorCode::kMalformed;
constexpr auto kForbidden = ErrorCode::kForbidden;

INSTANTIATE_TEST_SUITE_P(
    Every, Target,
    ::testing::Values(Row{"Tls", "ldaps://ldap.example", false, "ca.pem", {}},
                      Row{"StartTls", "ldap://ldap.example:1389", true, "ca.pem", {}},
                      Row{"LoopbackInTheClear", "ldap://127.0.0.1:389", false, "", {}},
                      Row{"LoopbackOfSix", "ldap://[::1]:389", false, "", {}},
                      Row{"Socket", "ldapi://%2Frun%2Fslapd%2Fldapi", false, "", {}},
                      Row{"InTheClear", "ldap://192.0.2.1", false, "", kForbidden},
                      Row{"InTheClearByName", "ldap://localhost", false, "", kForbidden},
                      Row{"InTheClearWithAnIdleCaFile", "ldap://ldap.example", false, "ca.pem", kForbidden},
                      Row{"TlsWithoutCa", "ldaps://ldap.example", false, "", kMalformed},
                      Row{"StartTlsWithoutCa", "ldap://127.0.0.1", true, "", kMalformed},
                      Row{"TlsTwice", "ldaps://ldap.example", true, "ca.pem", kMalformed},
                      Row{"TwoServers", "ldaps://a.example ldaps://b.example", false, "ca.pem", kMalformed},
                      Row{"AName", "ldaps://a.example/o=N", false, "ca.pem", kMalformed},
                      Row{"AFilter", "ldaps://a.example/??sub?(uid=*)", false, "ca.pem", kMalformed},
                      Row{"NoHost", "ldaps:///", false, "ca.pem", kMalformed},
                      Row{"AnotherScheme", "https://a.example", false, "ca.pem", kMalformed},
                      Row{"Nothing", "", false, "", kMalformed}),
    [](const auto& row) { return std::string(row.param.name); });

// A listener that takes connections and never says a word.
class MuteServer {
 public:
  MuteServer() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(socket_.number(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(socket_.number(), 8) != 0 ||
        ::getsockname(socket_.number(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::runtime_error("no listener");
    port_ = ntohs(address.sin_port);
  }
  std::string url(std::string_view scheme) const {
    return std::string(scheme) + "://127.0.0.1:" + std::to_string(port_);
  }

 private:
  storage::FileDescriptor socket_;
  int port_ = 0;
};

TEST(LdapServerConnect, EndsInTimeWhereNobodyAnswers) {
  const TemporaryFolder folder;
  take(storage::write_file(folder.path() / "password", as_bytes("secret\n"), storage::FileMode::kPrivate));
  const MuteServer mute;
  for (const std::string_view scheme : {"ldap", "ldaps"}) {
    LdapTarget target;
    target.url = mute.url(scheme);
    target.bind_name = "cn=publisher";
    target.password_file = folder.path() / "password";
    if (scheme == "ldaps") target.ca_file = "/etc/ssl/certs/ca-certificates.crt";
    target.timeout = milliseconds(300);
    const auto begin = std::chrono::steady_clock::now();
    const auto connected = LdapServer::connect(target);
    ASSERT_FALSE(connected);
    EXPECT_EQ(connected.error().code, ErrorCode::kUnavailable) << connected.error().detail;
    EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(5000));
  }
}

TEST(LdapServerConnect, SaysThatTheFileOfCertificatesIsNone) {
  const TemporaryFolder folder;
  const MuteServer mute;
  LdapTarget target;
  target.url = mute.url("ldaps");
  target.ca_file = folder.path() / "missing.pem";
  const auto connected = LdapServer::connect(target);
  ASSERT_FALSE(connected);
  EXPECT_EQ(connected.error().code, ErrorCode::kUnavailable);
}

TEST(LdapBackoff, DoublesUpToAMinuteLessAHalf) {
  EXPECT_EQ(ldap_backoff(1, 0), milliseconds(1000));
  EXPECT_EQ(ldap_backoff(3, 0), milliseconds(4000));
  EXPECT_EQ(ldap_backoff(50, 0), milliseconds(60'000));
  EXPECT_EQ(ldap_backoff(3, 1), milliseconds(2000));
}

}  // namespace
}  // namespace countersign::authority
