// SPDX-License-Identifier: Apache-2.0
// The headers that Modules.cmake precompiles are compiled along with this unit.
