"""A durable subscriber of Eclipse paho: prints each message, ends after so many. Its library keeps the rules of QoS 2."""
import sys
import paho.mqtt.client as mqtt

port, user, password, topic, count = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5])
seen = []


def on_connect(client, userdata, flags, rc):
    print("connected", rc, flags["session present"], flush=True)
    client.subscribe(topic, 2)


def on_subscribe(client, userdata, mid, granted):
    print("granted", granted[0], flush=True)


def on_message(client, userdata, message):
    seen.append(message)
    print("message", message.qos, message.payload.decode(), flush=True)
    if len(seen) == count:
        client.disconnect()


client = mqtt.Client(client_id=user, clean_session=False, protocol=mqtt.MQTTv311)
client.username_pw_set(user, password)
client.on_connect = on_connect
client.on_subscribe = on_subscribe
client.on_message = on_message
client.connect("127.0.0.1", port)
client.loop_forever()
