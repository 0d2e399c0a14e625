// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/issuing_routes.h"

#include <gtest/gtest.h>

#include "authority/testing/test_authority.h"

namespace countersign::authority {
namespace {

constexpr int kApplicationsPerHour = 50;

class IssuingRoutesTest : public ::testing::Test {
 protected:
  IssuingRoutesTest() { routes.register_routes(router); }
  // The status of an application that is refused for its form, unless it is refused before.
  int apply_from(const std::string& address) {
    http::Request request;
    request.method = "POST";
    request.path = "/v1/merchant-applications";
    request.remote_address = address;
    const auto match = router.match(request, false);
    return match.route->blocking(request).status;
  }

  TestAuthority authority;
  std::unique_ptr<MerchantApplications> applications =
      take(MerchantApplications::open({*authority.context,
                                       *authority.outbox,
                                       authority.secrets("contacts"),
                                       authority.secrets("merchant-key-files"),
                                       authority.origins,
                                       {}}));
  std::unique_ptr<MerchantRenewals> renewals =
      take(MerchantRenewals::open(*authority.context, authority.origins, {}));
  IssuingRoutes routes{*authority.context, *applications, *renewals, kApplicationsPerHour};
  http::Router router;
};

TEST_F(IssuingRoutesTest, LimitsApplicationsFromOneNetworkHoweverManyAddressesItHas) {
  for (int i = 1; i <= 20; ++i) EXPECT_EQ(apply_from("2001:db8::" + std::to_string(i)), 400);
  EXPECT_EQ(apply_from("2001:db8::ffff"), 429);
  EXPECT_EQ(apply_from("2001:db8:0:1::1"), 400) << "the neighbouring network";
}

TEST_F(IssuingRoutesTest, LimitsApplicationsFromAllAddressesTogether) {
  for (int i = 1; i <= kApplicationsPerHour; ++i) EXPECT_EQ(apply_from("192.0.2." + std::to_string(i)), 400);
  EXPECT_EQ(apply_from("198.51.100.1"), 429);
  authority.clock.advance(std::chrono::hours(1));
  EXPECT_EQ(apply_from("198.51.100.1"), 400);
}

}  // namespace
}  // namespace countersign::authority
