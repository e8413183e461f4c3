"""Chatbots point at no model themselves; whatever concerns a pipeline concerns its chatbots."""

from model_retirement.references import Concern, Resource, registry

registry.register_owner(
    of="pipelines.Pipeline", owner=Concern(Resource("chatbot", "chatbots.Chatbot"), path="chatbots")
)
