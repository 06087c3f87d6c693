import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from "type-graphql";
import type { OperationContext } from "../context.js";
import { enrollDevice, revokeDevice, rotateDeviceToken } from "../domain/device.js";
import type { Device as DeviceRow } from "../entities/device.js";
import type { Gate as GateRow } from "../entities/gate.js";
import {
  Device,
  DevicePayload,
  EnrollDeviceInput,
  EnrollDevicePayload,
  RevokeDeviceInput,
  RotateDeviceTokenInput,
} from "../schema/device.js";
import { Gate } from "../schema/gate.js";
import { decodeId, encodeId } from "../schema/ids.js";
import { required } from "./required.js";
import { payload } from "./user-errors.js";

@Resolver(() => Device)
export class DeviceResolver {
  @Mutation(() => EnrollDevicePayload)
  enrollDevice(@Arg("input", () => EnrollDeviceInput) input: EnrollDeviceInput, @Ctx() context: OperationContext) {
    const make = () => enrollDevice(context, { ...input, gateId: decodeId("gat", input.gateId) });
    return payload(make, { device: null, token: null });
  }

  @Mutation(() => DevicePayload)
  revokeDevice(@Arg("input", () => RevokeDeviceInput) input: RevokeDeviceInput, @Ctx() context: OperationContext) {
    const make = async () => ({ device: await revokeDevice(context, { deviceId: decodeId("dev", input.deviceId) }) });
    return payload(make, { device: null });
  }

  @Mutation(() => EnrollDevicePayload, {
    description:
      "Another token for the device, shown once. The one before works for a day more, or until the next rotation; the keys of\n" +
      "its scans stay its own. CONFLICT for one that was revoked.",
  })
  rotateDeviceToken(
    @Arg("input", () => RotateDeviceTokenInput) input: RotateDeviceTokenInput,
    @Ctx() context: OperationContext,
  ) {
    const make = () => rotateDeviceToken(context, { deviceId: decodeId("dev", input.deviceId) });
    return payload(make, { device: null, token: null });
  }

  @FieldResolver(() => ID)
  id(@Root() device: DeviceRow): string {
    return encodeId("dev", device.id);
  }

  @FieldResolver(() => Gate)
  gate(@Root() { gateId }: DeviceRow, @Ctx() { loaders }: OperationContext): Promise<GateRow> {
    return required(loaders.gate.load(gateId));
  }
}
